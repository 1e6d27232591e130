#include "generate/token_chooser.h"

#include <ATen/ops/stack.h>

#include <cmath>
#include <limits>

#include "llama32med/core/error.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med {

void spread_nonfinite(at::Tensor& logits) { logits.add_(logits.sum(-1, /*keepdim=*/true, at::kFloat).mul_(0)); }

void require_finite(double log_probability, const Prompt& prompt) {
  if (std::isfinite(log_probability)) return;
  throw data_error(
      "{}: the logits are non-finite (NaN or infinity); the weights of the model or the adapter are broken, or their "
      "values do not fit this dtype: try --dtype fp32",
      prompt.name.empty() ? "a prompt" : prompt.name);
}

TokenChooser::TokenChooser(const Backbone& model, const GenerateConfig& config, const Generator::TokenGroups& watched)
    : sampler_(config.sampler) {
  const auto& facts = model.facts();
  IndexLists lists{facts.never_sampled};
  if (config.exact_length) lists[0].insert(lists[0].end(), facts.stop_tokens.begin(), facts.stop_tokens.end());
  lists.insert(lists.end(), watched.begin(), watched.end());
  const auto tensors = index_tensors(lists, model.target().device());
  if (!lists[0].empty()) forbidden_ = tensors[0];
  watched_.assign(tensors.begin() + 1, tensors.end());
}

TokenChooser::Choice TokenChooser::operator()(at::Tensor logits, const at::Tensor& draws) const {
  spread_nonfinite(logits);
  if (forbidden_.defined()) logits.index_fill_(1, forbidden_, -std::numeric_limits<double>::infinity());
  const auto wide = logits.to(at::kFloat);
  const auto normalizers = wide.logsumexp(-1, /*keepdim=*/true);  // [B, 1]
  const auto picked = pick_tokens(wide, normalizers, sampler_, draws);
  std::vector<at::Tensor> columns{picked.ids.to(at::kDouble), picked.log_probabilities.to(at::kDouble)};
  for (const auto& group : watched_)
    columns.push_back((wide.index_select(-1, group).logsumexp(-1) - normalizers.squeeze(1)).to(at::kDouble));
  return {picked.ids, at::stack(columns, 1)};
}

}  // namespace llama32med
