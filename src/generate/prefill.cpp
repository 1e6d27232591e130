#include "generate/prefill.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/index_select.h>

#include <algorithm>

#include "generate/prompt_batch.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med {
namespace {

// Neighboring prompts about the same images.
struct Group {
  std::vector<Prompt> prompts;
  std::int64_t shared = 0;  // tokens that all of them begin with
};

std::vector<Group> groups_of(const std::vector<Prompt>& prompts, std::int64_t image_token) {
  std::vector<Group> groups;
  for (auto begin = prompts.begin(); begin != prompts.end();) {
    const auto end = std::find_if(begin, prompts.end(), [&](const Prompt& p) { return p.images != begin->images; });
    groups.push_back({.prompts = {begin, end}});
    groups.back().shared = shared_prefix(groups.back().prompts, image_token);
    begin = end;
  }
  return groups;
}

// The hidden state of each row's last token: [B, L, D] -> [B, D]
at::Tensor last_states(const Tails& tails) {
  const auto& [batch, hidden] = tails;
  std::vector<std::int64_t> rows;
  for (std::size_t b = 0; b < batch.lengths.size(); ++b)
    rows.push_back(static_cast<std::int64_t>(b) * hidden.size(1) + batch.lengths[b] - 1);
  return hidden.flatten(0, 1).index_select(0, index_tensor(rows, hidden.device()));
}

// One group after the other: on a CPU a pass costs what its tokens cost.
at::Tensor prefill_each(const Backbone& model, const std::vector<Group>& groups, const ImageMemory& memory,
                        KvCache& cache) {
  std::vector<at::Tensor> logits;
  for (const auto& [prompts, shared] : groups) {
    auto group_cache = model.new_cache();
    const auto tails = decode_tails(model, prompts, prompts.size() > 1 ? shared : 0, memory, group_cache);
    logits.push_back(model.logits(last_states(tails)));
    cache.add_rows(std::move(group_cache));
  }
  return at::cat(logits);
}

// All beginnings in one pass, then all tails in another: a GPU reads the weights twice, however many groups there are.
at::Tensor prefill_together(const Backbone& model, const std::vector<Group>& groups, const ImageMemory& memory,
                            KvCache& cache) {
  std::vector<Prompt> fronts, prompts;
  std::vector<std::int64_t> counts;
  std::vector<TokenRange> tails;
  for (const auto& group : groups) {
    fronts.push_back(group.prompts.front());
    fronts.back().ids.resize(static_cast<std::size_t>(group.shared));
    counts.push_back(std::ssize(group.prompts));
    prompts.insert(prompts.end(), group.prompts.begin(), group.prompts.end());
    tails.insert(tails.end(), group.prompts.size(), {.begin = group.shared});
  }
  const auto& facts = model.facts();
  model.decode(prompt_batch(fronts, std::vector<TokenRange>(fronts.size()), facts, memory), memory, &cache);
  cache.repeat_rows(counts);
  auto batch = prompt_batch(prompts, tails, facts, memory);
  auto hidden = model.decode(batch, memory, &cache);
  return model.logits(last_states({std::move(batch), std::move(hidden)}));
}

}  // namespace

Tails decode_tails(const Backbone& model, const std::vector<Prompt>& prompts, std::int64_t shared,
                   const ImageMemory& memory, KvCache& cache) {
  const auto& facts = model.facts();
  if (shared > 0) {
    model.decode(prompt_batch({prompts.front()}, {{0, shared}}, facts, memory), memory, &cache);
    cache.repeat_rows({std::ssize(prompts)});
  }
  auto batch = prompt_batch(prompts, std::vector<TokenRange>(prompts.size(), {.begin = shared}), facts, memory);
  auto hidden = model.decode(batch, memory, &cache);
  return {std::move(batch), std::move(hidden)};
}

at::Tensor prefill(const Backbone& model, const std::vector<Prompt>& prompts, const ImageMemory& memory,
                   KvCache& cache) {
  const auto groups = groups_of(prompts, model.facts().image_token);
  const bool have_fronts = std::ranges::all_of(groups, [](const Group& group) { return group.shared > 0; });
  const bool together = groups.size() > 1 && have_fronts && !model.target().device().is_cpu();
  return together ? prefill_together(model, groups, memory, cache) : prefill_each(model, groups, memory, cache);
}

}  // namespace llama32med
