#include "llama32med/generate/generator.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "generate/prompt_batch.h"
#include "llama32med/core/error.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med {
namespace {

// The hidden state of each row's last token: [B, L, D] -> [B, D]
at::Tensor last_states(const at::Tensor& hidden, const std::vector<std::int64_t>& lengths) {
  std::vector<std::int64_t> rows;
  for (std::size_t b = 0; b < lengths.size(); ++b)
    rows.push_back(static_cast<std::int64_t>(b) * hidden.size(1) + lengths[b] - 1);
  return hidden.flatten(0, 1).index_select(0, index_tensor(rows, hidden.device()));
}

std::int64_t tokens_of(const ImageRun& images, const ImageMemory& memory) {
  std::int64_t tokens = 0;
  for (auto i = images.first; i < images.first + images.count; ++i)
    tokens += memory.tokens.at(static_cast<std::size_t>(i));
  return tokens;
}

bool contains(const std::vector<std::int64_t>& list, std::int64_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Prevents these tokens from being picked. logits: [B, V]
void forbid(at::Tensor& logits, const std::vector<std::int64_t>& tokens) {
  if (tokens.empty()) return;
  logits.index_fill_(1, index_tensor(tokens, logits.device()), -std::numeric_limits<double>::infinity());
}

// Makes every logit of a row NaN if any is NaN or infinite, so that the log-probability that is read back anyway shows
// it. Other rows keep their values. logits: [.., V]
void spread_nonfinite(at::Tensor& logits) { logits.add_(logits.sum(-1, /*keepdim=*/true, at::kFloat).mul_(0)); }

// A token cannot be chosen by NaN: argmax of NaN is an ordinary token.
void require_finite(double log_probability, const Prompt& prompt) {
  if (std::isfinite(log_probability)) return;
  throw data_error(
      "{}: the logits are non-finite (NaN or infinity); the weights of the model or the adapter are broken, or their "
      "values do not fit this dtype: try --dtype fp32",
      prompt.name.empty() ? "a prompt" : prompt.name);
}

// [B, V] -> the log-probability of each group, per row.
std::vector<std::vector<double>> group_log_probabilities(const at::Tensor& logits,
                                                         const Generator::TokenGroups& groups) {
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(logits.size(0)));
  const auto total = groups.empty() ? at::Tensor() : logits.to(at::kFloat).logsumexp(-1);  // [B]
  for (const auto& group : groups) {
    const auto of_group = logits.index_select(-1, index_tensor(group, logits.device())).to(at::kFloat).logsumexp(-1);
    const auto values = (of_group - total).cpu();
    for (std::size_t row = 0; row < rows.size(); ++row)
      rows[row].push_back(values[static_cast<std::int64_t>(row)].item<double>());
  }
  return rows;
}

// The rows of a batch whose answers are not finished, and the indices of their prompts.
struct LiveRows {
  std::vector<Prompt> prompts;
  std::vector<std::size_t> owners;
  std::vector<RandomStream> streams;

  LiveRows(const std::vector<Prompt>& all, std::uint64_t seed) : prompts(all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      owners.push_back(i);
      streams.emplace_back(splitmix64_at(seed, all[i].draws));
    }
  }

  void keep(const std::vector<std::int64_t>& rows, KvCache& cache) {
    if (rows.size() == owners.size()) return;
    LiveRows kept({}, 0);
    for (const auto row : rows) {
      const auto i = static_cast<std::size_t>(row);
      kept.prompts.push_back(std::move(prompts[i]));
      kept.owners.push_back(owners[i]);
      kept.streams.push_back(streams[i]);
    }
    *this = std::move(kept);
    cache.keep_rows(rows);
  }
};

}  // namespace

void Generator::check(const std::vector<Prompt>& prompts, const ImageMemory& memory, std::int64_t more) const {
  const auto& facts = model_->facts();
  for (const auto& prompt : prompts) {
    if (prompt.ids.empty()) throw data_error("a prompt has no tokens");
    const auto marks = std::count(prompt.ids.begin(), prompt.ids.end(), facts.image_token);
    const auto occupied = tokens_of(prompt.images, memory);
    if (marks != occupied)
      throw data_error("a prompt has {} image tokens and {} images, which need {}", marks, prompt.images.count,
                       occupied);
    const auto needed = static_cast<std::int64_t>(prompt.ids.size()) + more;
    if (needed > facts.max_positions)
      throw data_error("a prompt of {} tokens and {} new tokens exceed the model's {} positions", prompt.ids.size(),
                       more, facts.max_positions);
  }
}

// Decodes the rest of each prompt after the first `shared` tokens, which are common to all and are decoded once.
Generator::Tail Generator::decode_tails(const std::vector<Prompt>& prompts, std::int64_t shared,
                                        const ImageMemory& memory, KvCache& cache) const {
  const auto& facts = model_->facts();
  if (shared > 0) {
    model_->decode(prompt_batch({prompts.front()}, {0, shared}, facts, memory), memory, &cache);
    cache.keep_rows(std::vector<std::int64_t>(prompts.size(), 0));
  }
  auto batch = prompt_batch(prompts, {.begin = shared}, facts, memory);
  auto hidden = model_->decode(batch, memory, &cache);
  return {std::move(batch), std::move(hidden)};
}

// Logits of each prompt's last token [B, V].
at::Tensor Generator::prefill_group(const std::vector<Prompt>& prompts, const ImageMemory& memory,
                                    KvCache& cache) const {
  const auto shared = prompts.size() > 1 ? shared_prefix(prompts, model_->facts().image_token) : 0;
  const auto tail = decode_tails(prompts, shared, memory, cache);
  return model_->logits(last_states(tail.hidden, tail.batch.lengths));
}

// Neighboring prompts about the same images form a group.
at::Tensor Generator::prefill(const std::vector<Prompt>& prompts, const ImageMemory& memory, KvCache& cache) const {
  std::vector<at::Tensor> logits;
  for (auto begin = prompts.begin(); begin != prompts.end();) {
    const auto end = std::find_if(begin, prompts.end(), [&](const Prompt& p) { return p.images != begin->images; });
    auto group_cache = model_->new_cache();
    logits.push_back(prefill_group({begin, end}, memory, group_cache));
    cache.add_rows(std::move(group_cache));
    begin = end;
  }
  return at::cat(logits);
}

std::vector<Answer> Generator::answer(const std::vector<Prompt>& prompts, const ImageMemory& memory,
                                      const OnToken& on_token) const {
  const at::NoGradGuard no_grad;
  if (prompts.empty()) return {};
  check(prompts, memory, config_.max_new_tokens);
  const auto& facts = model_->facts();
  std::vector<Answer> answers(prompts.size());
  LiveRows live(prompts, static_cast<std::uint64_t>(config_.seed));
  auto cache = model_->new_cache();
  auto logits = prefill(prompts, memory, cache);
  for (std::int64_t step = 0; step < config_.max_new_tokens; ++step) {
    spread_nonfinite(logits);
    forbid(logits, facts.never_sampled);
    if (config_.exact_length) forbid(logits, facts.stop_tokens);
    const auto picked = pick_tokens(logits, config_.sampler, live.streams);
    auto watched = group_log_probabilities(logits, watched_);
    std::vector<std::int64_t> going, ids;
    for (std::size_t row = 0; row < picked.size(); ++row) {
      require_finite(picked[row].log_probability, live.prompts[row]);
      auto& answer = answers[live.owners[row]];
      answer.log_probability += picked[row].log_probability;
      if (contains(facts.stop_tokens, picked[row].id)) {
        answer.finish = FinishReason::kStop;
        continue;
      }
      answer.ids.push_back(picked[row].id);
      if (!watched_.empty()) answer.watched.push_back(std::move(watched[row]));
      if (on_token) on_token(live.owners[row], picked[row].id);
      going.push_back(static_cast<std::int64_t>(row));
      ids.push_back(picked[row].id);
    }
    if (going.empty() || step + 1 == config_.max_new_tokens) break;
    live.keep(going, cache);
    const auto hidden =
        model_->decode(next_token_batch(live.prompts, ids, cache.lengths(), facts, memory), memory, &cache);
    logits = model_->logits(hidden.select(1, 0));
  }
  return answers;
}

std::vector<double> Generator::choice_log_probabilities(const Prompt& prompt,
                                                        const std::vector<std::vector<std::int64_t>>& choices,
                                                        std::int64_t end, const ImageMemory& memory) const {
  const at::NoGradGuard no_grad;
  std::vector<Prompt> rows;
  for (const auto& choice : choices) {
    for (const auto id : choice)
      if (id >= model_->facts().vocabulary)
        throw usage_error("{}: a choice contains token {}, which the model cannot predict (it has {} logits)",
                          prompt.name, id, model_->facts().vocabulary);
    auto row = prompt;
    row.ids.insert(row.ids.end(), choice.begin(), choice.end());
    row.ids.push_back(end);
    rows.push_back(std::move(row));
  }
  check(rows, memory, 0);
  auto cache = model_->new_cache();
  const auto begin = static_cast<std::int64_t>(prompt.ids.size()) - 1;  // its last token predicts the first of a choice
  const auto [batch, hidden] = decode_tails(rows, begin, memory, cache);
  std::vector<double> scores;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const auto row = static_cast<std::int64_t>(b), count = batch.lengths[b] - 1;
    auto logits = model_->logits(hidden.select(0, row).narrow(0, 0, count)).to(at::kFloat);
    spread_nonfinite(logits);
    const auto targets = batch.ids.select(0, row).narrow(0, 1, count).to(hidden.device());
    scores.push_back(-at::cross_entropy_loss(logits, targets, {}, at::Reduction::Sum).item<double>());
    require_finite(scores.back(), prompt);
  }
  return scores;
}

}  // namespace llama32med
