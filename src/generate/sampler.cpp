#include "llama32med/generate/sampler.h"

#include <ATen/ops/log_softmax.h>

namespace llama32med {
namespace {

// `log_probabilities` [V] fp32 on the CPU, contiguous.
std::int64_t draw(const at::Tensor& log_probabilities, const SamplerConfig& config, RandomStream& stream) {
  const auto [values, ids] = (log_probabilities / config.temperature).softmax(-1).sort(/*dim=*/-1, /*descending=*/true);
  const auto* probability = values.const_data_ptr<float>();
  const auto* id = ids.const_data_ptr<std::int64_t>();
  std::int64_t kept = 0;
  double mass = 0;  // of the nucleus: up to and including the token that reaches top_p
  while (kept < values.size(0) && (kept == 0 || mass < config.top_p)) mass += probability[kept++];
  double left = stream.uniform() * mass;
  for (std::int64_t i = 0; i + 1 < kept; ++i) {
    left -= probability[i];
    if (left < 0) return id[i];
  }
  return id[kept - 1];
}

}  // namespace

std::vector<PickedToken> pick_tokens(const at::Tensor& logits, const SamplerConfig& config,
                                     std::vector<RandomStream>& streams) {
  const auto log_probabilities = at::log_softmax(logits.to(at::kFloat), -1);
  std::vector<PickedToken> picked;
  if (config.temperature == 0) {  // two numbers a row leave the device, not the vocabulary
    const auto likeliest = log_probabilities.argmax(-1, /*keepdim=*/true);
    const auto ids = likeliest.cpu(), values = log_probabilities.gather(-1, likeliest).cpu();
    for (std::int64_t b = 0; b < logits.size(0); ++b)
      picked.push_back({ids[b].item<std::int64_t>(), values[b].item<double>()});
    return picked;
  }
  const auto rows = log_probabilities.cpu();
  for (std::int64_t b = 0; b < logits.size(0); ++b) {
    const auto row = rows[b];
    const auto id = draw(row, config, streams[static_cast<std::size_t>(b)]);
    picked.push_back({id, row[id].item<double>()});
  }
  return picked;
}

}  // namespace llama32med
