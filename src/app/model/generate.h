// `llama32med generate`: answers questions about any number of images.
//
// A question is text, in which <image> may mark where an image belongs (otherwise images come first), or a prompt
// template with values for its slots.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/common/load.h"
#include "llama32med/generate/generator.h"

namespace llama32med {

struct Question {
  std::vector<std::filesystem::path> images;
  std::vector<ChatTurn> turns;
  std::string name = "the prompt";  // for errors; a request is its file and line
};

// JSON lines {"images": [files], "prompt": text}; images may be empty or absent, and relative paths are relative to the
// folder of `file`. Throws Error{kData} with the line number.
std::vector<Question> read_questions(const std::filesystem::path& file, const std::optional<PromptTemplate>& trained);

// Throw Error{kUsage} if the number of <image> marks differs from the number of images, and if the text or the value of
// a slot contains the name of a special token (text/prompt_text.h).
Question question_from_text(const std::string& text, std::vector<std::filesystem::path> images);
Question question_from_prompt(const PromptTemplate& prompt, const PromptTemplate::Slots& slots,
                              std::vector<std::filesystem::path> images);

// The question in the template that a model was trained with, if the template has a slot {question} and no other, and
// the text has no <image> marks of its own; otherwise as question_from_text().
Question question_as_trained(const std::optional<PromptTemplate>& trained, const std::string& text,
                             std::vector<std::filesystem::path> images);

struct AnswerOptions {
  GenerateConfig generate;
  std::vector<std::string> choices;                      // if given, the answer is the most likely of these
  std::function<void(const std::string& text)> on_text;  // called with complete characters as they are generated
};

struct Reply {
  std::string text;
  std::vector<std::int64_t> ids;
  std::size_t prompt_tokens = 0;
  FinishReason finish = FinishReason::kStop;
  double log_probability = 0;
  std::vector<double> probabilities;  // one per choice; they sum to 1
};

Reply reply_to(const Question& question, const LoadedModel& loaded, const AnswerOptions& options);

// Answers of one batch, in order. Questions about the same images share their encoding.
std::vector<Reply> replies_to(const std::vector<Question>& questions, const LoadedModel& loaded,
                              const GenerateConfig& config);

}  // namespace llama32med
