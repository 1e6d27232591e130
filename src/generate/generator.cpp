#include "llama32med/generate/generator.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <algorithm>

#include "generate/answer_loop.h"
#include "generate/prefill.h"
#include "generate/token_chooser.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

std::int64_t tokens_of(const ImageRun& images, const ImageMemory& memory) {
  std::int64_t tokens = 0;
  for (auto i = images.first; i < images.first + images.count; ++i)
    tokens += memory.tokens.at(static_cast<std::size_t>(i));
  return tokens;
}

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

Generator::Generator(const Backbone& model, GenerateConfig config, TokenGroups watched)
    : model_(&model), config_(config), choose_(std::make_unique<TokenChooser>(model, config_, watched)) {}

Generator::~Generator() = default;

std::vector<Answer> Generator::answer(const std::vector<Prompt>& prompts, const ImageMemory& memory,
                                      const OnToken& on_token) const {
  const at::NoGradGuard no_grad;
  if (prompts.empty()) return {};
  check(prompts, memory, config_.max_new_tokens);
  return AnswerLoop({*model_, config_, *choose_, memory, on_token}, prompts).run();
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
  const auto [batch, hidden] = decode_tails(*model_, rows, begin, memory, cache);
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
