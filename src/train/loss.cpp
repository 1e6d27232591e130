#include "llama32med/train/loss.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/zeros.h>

#include "llama32med/core/error.h"

namespace llama32med {

LossSum next_token_loss(const Backbone& model, const at::Tensor& hidden, const at::Tensor& labels) {
  const auto next = labels.narrow(1, 1, labels.size(1) - 1).reshape({-1}).to(at::kLong);
  const auto predicting = hidden.narrow(1, 0, hidden.size(1) - 1).flatten(0, 1);  // [B (L-1), D]
  const auto rows = next.ne(kNoLabel).nonzero().squeeze(1);
  if (rows.numel() == 0) return {hidden.sum() * 0, 0};
  const auto targets = next.index_select(0, rows);
  const auto low = targets.min().item<std::int64_t>(), high = targets.max().item<std::int64_t>();
  if (low < 0 || high >= model.facts().vocabulary)
    throw data_error("labels: {} is not one of 0 to {} (label the image token {})", low < 0 ? low : high,
                     model.facts().vocabulary - 1, kNoLabel);
  const auto logits = model.logits(predicting.index_select(0, rows.to(hidden.device())));
  const auto wide = logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
  const auto sum = at::cross_entropy_loss(wide, targets.to(hidden.device()), {}, at::Reduction::Sum);
  return {sum, rows.numel()};
}

}  // namespace llama32med
