#include "generate/answer_loop.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "generate/prefill.h"
#include "generate/prompt_batch.h"
#include "llama32med/core/error.h"
#include "llama32med/nn/index_tensor.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

constexpr std::int64_t kMostPerDownload = 4;
constexpr std::int64_t kStepsPerLoop = 64;  // room in the cache that is reserved at a time

std::vector<std::int64_t> listed(const at::Tensor& ids) {
  const auto on_host = ids.cpu().contiguous();
  const auto* first = on_host.const_data_ptr<std::int64_t>();
  return {first, first + on_host.numel()};
}

}  // namespace

LiveRows::LiveRows(const std::vector<Prompt>& all, std::int64_t seed) : prompts(all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    owners.push_back(i);
    streams.emplace_back(splitmix64_at(static_cast<std::uint64_t>(seed), all[i].draws));
  }
}

void LiveRows::keep(const std::vector<std::int64_t>& rows) {
  LiveRows kept({}, 0);
  for (const auto row : rows) {
    const auto i = static_cast<std::size_t>(row);
    kept.prompts.push_back(std::move(prompts[i]));
    kept.owners.push_back(owners[i]);
    kept.streams.push_back(streams[i]);
  }
  *this = std::move(kept);
}

AnswerLoop::AnswerLoop(const Setup& setup, const std::vector<Prompt>& prompts)
    : setup_(setup), live_(prompts, setup.config.seed), cache_(setup.model.new_cache()), answers_(prompts.size()) {}

std::vector<Answer> AnswerLoop::run() {
  auto logits = prefill(setup_.model, live_.prompts, setup_.memory, cache_);
  for (;;) {
    const auto count = std::min(tokens_per_download(), setup_.config.max_new_tokens - made_);
    const auto numbers = choose_tokens(std::move(logits), count);
    const auto going = record(numbers);
    made_ += count;
    if (going.empty() || made_ == setup_.config.max_new_tokens) return std::move(answers_);
    if (going.size() < live_.owners.size()) keep(going, numbers);
    logits = next_logits(ids_);
  }
}

// Short answers are read token by token, so that no step is computed for rows that are finished; in long ones a few
// such steps cost less than the waiting.
std::int64_t AnswerLoop::tokens_per_download() const {
  return next_ ? std::clamp<std::int64_t>(made_ / 4, 1, kMostPerDownload) : 1;
}

at::Tensor AnswerLoop::draws(std::int64_t count) {
  if (setup_.config.sampler.temperature == 0) return {};
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count; ++i)
    for (auto& stream : live_.streams) numbers.push_back(stream.uniform());
  return upload(at::tensor(numbers, at::kDouble).view({count, -1}),
                at::device(setup_.model.target().device()).dtype(at::kDouble));
}

at::Tensor AnswerLoop::choose_tokens(at::Tensor logits, std::int64_t count) {
  const auto points = draws(count);
  std::vector<at::Tensor> numbers;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0) logits = next_logits(ids_);
    auto choice = setup_.choose(logits, points.defined() ? points[i] : points);
    ids_ = std::move(choice.ids);
    numbers.push_back(std::move(choice.numbers));
  }
  return at::stack(numbers).cpu();
}

at::Tensor AnswerLoop::next_logits(const at::Tensor& ids) {
  const auto batch = [&](const std::vector<std::int64_t>& tokens) {
    return next_token_batch(live_.prompts, tokens, cache_.lengths(), setup_.model.facts(), setup_.memory);
  };
  if (steps_left_ == 0) {
    const std::vector<std::int64_t> unknown(live_.prompts.size(), 0);
    steps_left_ = std::min(kStepsPerLoop, setup_.config.max_new_tokens);
    next_ = setup_.model.next_tokens(batch(unknown), setup_.memory, cache_, steps_left_);
  }
  if (!next_) {
    steps_left_ = 0;
    return setup_.model.logits(setup_.model.decode(batch(listed(ids)), setup_.memory, &cache_).select(1, 0));
  }
  --steps_left_;
  return setup_.model.logits((*next_)(ids));
}

std::vector<std::int64_t> AnswerLoop::record(const at::Tensor& numbers) {
  const auto count = numbers.size(0), rows = numbers.size(1), width = numbers.size(2);
  const auto all = numbers.contiguous();
  std::vector<std::int64_t> going;
  for (std::int64_t row = 0; row < rows; ++row) going.push_back(row);
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::int64_t> still;
    for (const auto row : going)
      if (record(all.const_data_ptr<double>() + (i * rows + row) * width, static_cast<std::size_t>(row)))
        still.push_back(row);
    going = std::move(still);
  }
  return going;
}

bool AnswerLoop::record(const double* numbers, std::size_t row) {
  const auto id = static_cast<std::int64_t>(numbers[0]);
  const double log_probability = numbers[1];
  require_finite(log_probability, live_.prompts[row]);
  auto& answer = answers_[live_.owners[row]];
  answer.log_probability += log_probability;
  if (std::ranges::count(setup_.model.facts().stop_tokens, id) > 0) {
    answer.finish = FinishReason::kStop;
    return false;
  }
  answer.ids.push_back(id);
  if (const auto groups = setup_.choose.groups(); groups > 0)
    answer.watched.emplace_back(numbers + 2, numbers + 2 + groups);
  if (setup_.on_token) setup_.on_token(live_.owners[row], id);
  return true;
}

void AnswerLoop::keep(const std::vector<std::int64_t>& rows, const at::Tensor& numbers) {
  std::vector<std::int64_t> ids;
  for (const auto row : rows) ids.push_back(static_cast<std::int64_t>(numbers[-1][row][0].item<double>()));
  live_.keep(rows);
  cache_.keep_rows(rows);
  ids_ = index_tensor(ids, ids_.device());
  next_.reset();
  steps_left_ = 0;
}

}  // namespace llama32med
