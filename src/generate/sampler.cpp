#include "llama32med/generate/sampler.h"

namespace llama32med {
namespace {

// `log_probabilities` [V] fp32 on the CPU, contiguous.
std::int64_t draw(const at::Tensor& log_probabilities, const SamplerConfig& config, RandomStream& stream) {
  const auto [values, ids] = (log_probabilities / config.temperature).softmax(-1).sort(/*dim=*/-1, /*descending=*/true);
  const auto* probability = values.const_data_ptr<float>();
  const auto* id = ids.const_data_ptr<std::int64_t>();
  std::int64_t kept = 0;
  double mass = 0;  // total probability of the nucleus, which ends with the token that reaches top_p
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
  const auto wide = logits.to(at::kFloat);
  const auto total = wide.logsumexp(-1, /*keepdim=*/true);  // [B, 1]
  auto ids = wide.argmax(-1).cpu();
  if (config.temperature > 0) {
    const auto rows = (wide - total).cpu();
    for (std::int64_t b = 0; b < rows.size(0); ++b)
      ids[b].fill_(draw(rows[b], config, streams[static_cast<std::size_t>(b)]));
  }
  const auto chosen = (wide.gather(-1, ids.unsqueeze(1).to(wide.device())) - total).cpu();
  std::vector<PickedToken> picked;
  for (std::int64_t b = 0; b < ids.size(0); ++b)
    picked.push_back({ids[b].item<std::int64_t>(), chosen[b].item<double>()});
  return picked;
}

}  // namespace llama32med
