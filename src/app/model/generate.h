// `llama32med generate`: questions about any number of pictures.
//
// A question is text, in which <image> may say where the pictures stand (else they come first), or a prompt file with
// values for its slots.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/common/load.h"
#include "llama32med/generate/generator.h"

namespace llama32med {

struct Question {
  std::vector<std::filesystem::path> images;
  std::vector<ChatTurn> turns;
};

// JSON lines {"images": [files], "prompt": text}; images may be empty or absent. Throws Error{kData} with the line's
// number.
std::vector<Question> read_questions(const std::filesystem::path& file);

// Throws Error{kUsage} where the marks in the text and the pictures differ in number.
Question question_from_text(const std::string& text, std::vector<std::filesystem::path> images);
Question question_from_prompt(const PromptTemplate& prompt, const PromptTemplate::Slots& slots,
                              std::vector<std::filesystem::path> images);

struct AnswerOptions {
  GenerateConfig generate;
  std::vector<std::string> choices;                      // not empty: the likeliest of these is the answer
  std::function<void(const std::string& text)> on_text;  // whole characters, as they come
};

struct Reply {
  std::string text;
  std::vector<std::int64_t> ids;
  std::size_t prompt_tokens = 0;
  FinishReason finish = FinishReason::kStop;
  double log_probability = 0;
  std::vector<double> probabilities;  // of the choices; they sum to 1
};

Reply reply_to(const Question& question, const LoadedModel& bench, const AnswerOptions& options);

// Answers of one batch, in order. Questions about the same pictures share their encoding. Without choices and on_text.
std::vector<Reply> replies_to(const std::vector<Question>& questions, const LoadedModel& bench,
                              const GenerateConfig& config);

}  // namespace llama32med
