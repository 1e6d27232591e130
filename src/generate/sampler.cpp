#include "llama32med/generate/sampler.h"

#include <ATen/ops/minimum.h>

namespace llama32med {
namespace {

// The nucleus ends with the token whose probability makes the sum reach top_p; the draw is a point within its mass.
at::Tensor draw_tokens(const at::Tensor& log_probabilities, const SamplerConfig& config, const at::Tensor& draws) {
  const auto [values, ids] = (log_probabilities / config.temperature).softmax(-1).sort(/*dim=*/-1, /*descending=*/true);
  const auto mass = values.to(at::kDouble).cumsum(-1);  // [B, V]
  const auto last = (mass < config.top_p).sum(-1, /*keepdim=*/true).clamp_max(mass.size(-1) - 1);
  const auto point = draws.unsqueeze(1) * mass.gather(-1, last);
  const auto place = at::minimum((mass <= point).sum(-1, /*keepdim=*/true), last);
  return ids.gather(-1, place);
}

}  // namespace

PickedTokens pick_tokens(const at::Tensor& logits, const at::Tensor& normalizers, const SamplerConfig& config,
                         const at::Tensor& draws) {
  const auto ids = config.temperature > 0 ? draw_tokens(logits - normalizers, config, draws)
                                          : logits.argmax(-1, /*keepdim=*/true);  // [B, 1]
  return {ids.squeeze(1), (logits.gather(-1, ids) - normalizers).squeeze(1)};
}

}  // namespace llama32med
