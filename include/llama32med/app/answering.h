// `llama32med generate`: one question about any number of pictures.
//
// The question is text, in which <image> may say where the pictures stand (else they come first), or a prompt file with
// values for its slots.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "llama32med/app/wiring.h"
#include "llama32med/generate/generator.h"

namespace llama32med {

struct Question {
  std::vector<std::filesystem::path> images;
  std::vector<ChatTurn> turns;
};

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

Reply reply_to(const Question& question, const Workbench& bench, const AnswerOptions& options);

}  // namespace llama32med
