#include "llama32med/train/loss.h"

#include <ATen/ops/cross_entropy_loss.h>

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/nn/index_tensor.h"
#include "llama32med/nn/recompute.h"

namespace llama32med {
namespace {

// Number of rows whose logits are in memory at once. With more rows, each part is recomputed in the backward pass.
constexpr std::int64_t kRowsAtOnce = 64;

at::Tensor cross_entropy_sum(const Backbone& model, const at::Tensor& hidden, const at::Tensor& targets) {
  const auto logits = model.logits(hidden);  // [R, V]
  const auto wide = logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
  return at::cross_entropy_loss(wide, targets, {}, at::Reduction::Sum);
}

std::vector<std::int64_t> listed(const at::Tensor& numbers) {
  const auto* first = numbers.const_data_ptr<std::int64_t>();
  return {first, first + numbers.numel()};
}

// labels [B, L] -> the rows of the flattened [B (L-1)] tokens that predict a labeled one, and those labels.
IndexLists labeled_rows(const at::Tensor& labels, std::int64_t vocabulary) {
  const auto next = labels.narrow(1, 1, labels.size(1) - 1).reshape({-1}).to(at::kLong);
  const auto rows = next.ne(kNoLabel).nonzero().squeeze(1);
  if (rows.numel() == 0) return {{}, {}};
  const auto targets = next.index_select(0, rows);
  const auto low = targets.min().item<std::int64_t>(), high = targets.max().item<std::int64_t>();
  if (low < 0 || high >= vocabulary)
    throw data_error("labels: {} is not in 0 to {} (label the image token {})", low < 0 ? low : high, vocabulary - 1,
                     kNoLabel);
  return {listed(rows), listed(targets)};
}

// lists: labeled_rows() on the device of `hidden`
LossSum loss_of_rows(const Backbone& model, const at::Tensor& hidden, const std::vector<at::Tensor>& lists) {
  const auto &rows = lists[0], &answers = lists[1];
  const auto count = rows.numel();
  if (count == 0) return {hidden.sum() * 0, 0};
  const auto predicting = hidden.narrow(1, 0, hidden.size(1) - 1).flatten(0, 1);  // [B (L-1), D]
  const auto labeled = predicting.index_select(0, rows);                          // [R, D]
  at::Tensor sum;
  for (std::int64_t begin = 0; begin < count; begin += kRowsAtOnce) {
    const auto size = std::min(kRowsAtOnce, count - begin);
    const auto block = [&model, part = answers.narrow(0, begin, size)](const std::vector<at::Tensor>& inputs) {
      return cross_entropy_sum(model, inputs.front(), part);
    };
    const auto part = run_block(count > kRowsAtOnce ? Activations::kRecompute : Activations::kKeep, block,
                                {labeled.narrow(0, begin, size)});
    sum = sum.defined() ? sum + part : part;
  }
  return {sum, count};
}

}  // namespace

LossSum next_token_loss(const Backbone& model, const at::Tensor& hidden, const at::Tensor& labels) {
  return loss_of_rows(model, hidden, index_tensors(labeled_rows(labels, model.facts().vocabulary), hidden.device()));
}

LossSum next_token_loss(const Backbone& model, const LabeledText& text, const ImageMemory& memory) {
  const auto decoded = model.decode_with(text.text, memory, labeled_rows(text.labels, model.facts().vocabulary));
  return loss_of_rows(model, decoded.hidden, decoded.lists);
}

}  // namespace llama32med
