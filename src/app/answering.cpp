#include "llama32med/app/answering.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "llama32med/core/error.h"
#include "llama32med/data/collator.h"

namespace llama32med {
namespace {

constexpr std::string_view kImageMark = "<image>";

std::vector<ChatPart> parts_of(std::string_view text) {
  std::vector<ChatPart> parts;
  for (auto mark = text.find(kImageMark); mark != text.npos; mark = text.find(kImageMark)) {
    if (mark > 0) parts.push_back(ChatPart::of(std::string(text.substr(0, mark))));
    parts.push_back(ChatPart::image());
    text.remove_prefix(mark + kImageMark.size());
  }
  if (!text.empty()) parts.push_back(ChatPart::of(std::string(text)));
  return parts;
}

void score_choices(const Prompt& prompt, const Workbench& bench, const AnswerOptions& options, const CrossMemory& memory,
                   Reply& reply) {
  std::vector<std::vector<std::int64_t>> choices;
  for (const auto& choice : options.choices) choices.push_back(bench.tokenizer->encode(choice));
  const auto end = bench.tokenizer->require_special("<|eot_id|>");
  const auto scores = Generator(*bench.model, options.generate).choice_log_probabilities(prompt, choices, end, memory);
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  double sum = 0;
  for (const auto score : scores) sum += std::exp(score - scores[static_cast<std::size_t>(best)]);
  for (const auto score : scores) reply.probabilities.push_back(std::exp(score - scores[static_cast<std::size_t>(best)]) / sum);
  reply.ids = choices[static_cast<std::size_t>(best)];
  reply.text = options.choices[static_cast<std::size_t>(best)];
  reply.log_probability = scores[static_cast<std::size_t>(best)];
  if (options.on_text) options.on_text(reply.text);
}

void generate_freely(const Prompt& prompt, const Workbench& bench, const AnswerOptions& options, const CrossMemory& memory,
                     Reply& reply) {
  StreamDecoder stream(*bench.tokenizer);
  const auto tell = [&](const std::string& text) {
    if (options.on_text && !text.empty()) options.on_text(text);
  };
  const auto answer = Generator(*bench.model, options.generate)
                          .answer({prompt}, memory, [&](std::size_t, std::int64_t id) { tell(stream.push(id)); })
                          .front();
  tell(stream.finish());
  reply.ids = answer.ids;
  reply.text = bench.tokenizer->decode(answer.ids, SpecialTokens::kSkip);
  reply.finish = answer.finish;
  reply.log_probability = answer.log_probability;
}

}  // namespace

Question question_from_text(const std::string& text, std::vector<std::filesystem::path> images) {
  auto parts = parts_of(text);
  const auto marks = std::count(parts.begin(), parts.end(), ChatPart::image());
  if (marks == 0) parts.insert(parts.begin(), images.size(), ChatPart::image());
  if (marks > 0 && static_cast<std::size_t>(marks) != images.size())
    throw usage_error("the prompt holds <image> {} times and {} images are given", marks, images.size());
  return {std::move(images), {{Role::kUser, std::move(parts)}}};
}

Question question_from_prompt(const PromptTemplate& prompt, const PromptTemplate::Slots& slots,
                              std::vector<std::filesystem::path> images) {
  auto turns = prompt.render(slots, PromptUse::kAnswer, static_cast<std::int64_t>(images.size()));
  return {std::move(images), std::move(turns)};
}

Reply reply_to(const Question& question, const Workbench& bench, const AnswerOptions& options) {
  const at::NoGradGuard no_grad;
  const auto& processor = bench.encoder->images();
  ImageBatch images;
  for (const auto& path : question.images) images.push_back(normalise_tiles(processor(path), processor.settings()));
  auto ids = bench.encoder->chat_ids(question.turns);
  const auto memory = images.empty() ? CrossMemory{} : bench.model->encode_images(images);
  const Prompt prompt{std::move(ids), {0, static_cast<std::int64_t>(images.size())}};
  Reply reply{.prompt_tokens = prompt.ids.size()};
  if (options.choices.empty())
    generate_freely(prompt, bench, options, memory, reply);
  else
    score_choices(prompt, bench, options, memory, reply);
  return reply;
}

}  // namespace llama32med
