#include "app/model/generate.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/json_object.h"
#include "llama32med/text/prompt_text.h"

namespace llama32med {
namespace {

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

struct Encoded {  // questions as model input
  std::vector<Prompt> prompts;
  ImageMemory memory;
};

Encoded encode(const std::vector<Question>& questions, const LoadedModel& loaded) {
  const auto& processor = loaded.encoder->images();
  std::map<std::vector<std::filesystem::path>, ImageRun> known;
  ImageBatch images;
  Encoded encoded;
  for (const auto& question : questions) {
    const ImageRun run{static_cast<std::int64_t>(images.size()), static_cast<std::int64_t>(question.images.size())};
    const auto [place, is_new] = known.emplace(question.images, run);
    if (is_new)
      for (const auto& path : question.images) images.push_back(image_input(processor(path), processor.scaling()));
    const auto& shown = place->second;
    std::vector<std::int64_t> image_tokens;
    for (auto i = shown.first; i < shown.first + shown.count; ++i)
      image_tokens.push_back(images[static_cast<std::size_t>(i)].extent.tokens);
    encoded.prompts.push_back({.ids = loaded.encoder->chat_ids(question.turns, image_tokens),
                               .images = shown,
                               .draws = encoded.prompts.size(),
                               .name = question.name});
  }
  if (!images.empty()) encoded.memory = loaded.model->encode_images(images);
  return encoded;
}

Reply reply_of(const Answer& answer, const Prompt& prompt, const Tokenizer& tokenizer) {
  return {.text = tokenizer.decode(answer.ids, SpecialTokens::kSkip),
          .ids = answer.ids,
          .prompt_tokens = prompt.ids.size(),
          .finish = answer.finish,
          .log_probability = answer.log_probability};
}

Reply choose(const Prompt& prompt, const LoadedModel& loaded, const AnswerOptions& options, const ImageMemory& memory) {
  std::vector<std::vector<std::int64_t>> choices;
  for (const auto& choice : options.choices) choices.push_back(loaded.tokenizer->encode(choice));
  const auto end = loaded.tokenizer->require_special(loaded.encoder->chat().end_of_turn());
  const auto scores = Generator(*loaded.model, options.generate).choice_log_probabilities(prompt, choices, end, memory);
  const auto highest = *std::max_element(scores.begin(), scores.end());
  const auto best = static_cast<std::size_t>(std::find(scores.begin(), scores.end(), highest) - scores.begin());
  Reply reply{.text = options.choices[best],
              .ids = choices[best],
              .prompt_tokens = prompt.ids.size(),
              .log_probability = highest};
  double sum = 0;
  for (const auto score : scores) sum += std::exp(score - highest);
  for (const auto score : scores) reply.probabilities.push_back(std::exp(score - highest) / sum);
  if (options.on_text) options.on_text(reply.text);
  return reply;
}

Reply generate_freely(const Prompt& prompt, const LoadedModel& loaded, const AnswerOptions& options,
                      const ImageMemory& memory) {
  StreamDecoder stream(*loaded.tokenizer);
  const auto tell = [&](const std::string& text) {
    if (options.on_text && !text.empty()) options.on_text(text);
  };
  const auto answer = Generator(*loaded.model, options.generate)
                          .answer({prompt}, memory, [&](std::size_t, std::int64_t id) { tell(stream.push(id)); })
                          .front();
  tell(stream.finish());
  return reply_of(answer, prompt, *loaded.tokenizer);
}

// A request; relative paths of images are relative to `folder`.
Question question_of(const JsonObject& line, const std::filesystem::path& folder,
                     const std::optional<PromptTemplate>& trained) {
  std::vector<std::filesystem::path> images;
  for (const auto& image : line.texts("images")) images.push_back(folder / image);
  const auto prompt = line.text("prompt");
  try {
    auto question = question_as_trained(trained, prompt, std::move(images));
    question.name = line.where();
    return question;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kResource) throw;
    line.fail("{}", error.what());
  }
}

}  // namespace

Question question_from_text(const std::string& text, std::vector<std::filesystem::path> images) {
  refuse_special_names(text, "the prompt");
  auto parts = parts_of(text);
  const auto marks = std::count(parts.begin(), parts.end(), ChatPart::image());
  if (marks == 0) parts.insert(parts.begin(), images.size(), ChatPart::image());
  if (marks > 0 && static_cast<std::size_t>(marks) != images.size())
    throw usage_error("the prompt has {} <image> marks, but {} images are given", marks, images.size());
  return {std::move(images), {{Role::kUser, std::move(parts)}}};
}

Question question_from_prompt(const PromptTemplate& prompt, const PromptTemplate::Slots& slots,
                              std::vector<std::filesystem::path> images) {
  for (const auto& [slot, value] : slots) {
    refuse_special_names(value, "slot " + slot);
    if (value.find(kImageMark) != value.npos)
      throw usage_error("slot {}: contains {}, but only the prompt file says where images go; leave it out", slot,
                        kImageMark);
  }
  auto turns = prompt.render(slots, PromptUse::kAnswer, static_cast<std::int64_t>(images.size()));
  return {std::move(images), std::move(turns)};
}

Question question_as_trained(const std::optional<PromptTemplate>& trained, const std::string& text,
                             std::vector<std::filesystem::path> images) {
  const bool fits = trained && trained->slots(PromptUse::kAnswer) == std::vector<std::string>{"question"};
  if (!fits || text.find(kImageMark) != text.npos) return question_from_text(text, std::move(images));
  return question_from_prompt(*trained, {{"question", text}}, std::move(images));
}

std::vector<Question> read_questions(const std::filesystem::path& file, const std::optional<PromptTemplate>& trained) {
  std::vector<Question> questions;
  for_each_json_line(file, [&](const Json& line, const std::string& where) {
    questions.push_back(question_of(JsonObject(line, where), file.parent_path(), trained));
  });
  return questions;
}

Reply reply_to(const Question& question, const LoadedModel& loaded, const AnswerOptions& options) {
  const at::NoGradGuard no_grad;
  const auto encoded = encode({question}, loaded);
  const auto& prompt = encoded.prompts.front();
  return options.choices.empty() ? generate_freely(prompt, loaded, options, encoded.memory)
                                 : choose(prompt, loaded, options, encoded.memory);
}

std::vector<Reply> replies_to(const std::vector<Question>& questions, const LoadedModel& loaded,
                              const GenerateConfig& config) {
  const at::NoGradGuard no_grad;
  const auto encoded = encode(questions, loaded);
  const auto answers = Generator(*loaded.model, config).answer(encoded.prompts, encoded.memory);
  std::vector<Reply> replies;
  for (std::size_t i = 0; i < answers.size(); ++i)
    replies.push_back(reply_of(answers[i], encoded.prompts[i], *loaded.tokenizer));
  return replies;
}

}  // namespace llama32med
