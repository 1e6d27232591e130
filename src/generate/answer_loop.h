// Generates the answers of one batch: prefill, then tokens for all rows whose answers are not finished.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "generate/token_chooser.h"
#include "llama32med/core/random.h"
#include "llama32med/generate/generator.h"

namespace llama32med {

// The rows of a batch whose answers are not finished, and the indices of their prompts.
struct LiveRows {
  std::vector<Prompt> prompts;
  std::vector<std::size_t> owners;
  std::vector<RandomStream> streams;

  LiveRows(const std::vector<Prompt>& all, std::int64_t seed);
  void keep(const std::vector<std::int64_t>& rows);
};

class AnswerLoop {
 public:
  struct Setup {
    const Backbone& model;
    const GenerateConfig& config;
    const TokenChooser& choose;
    const ImageMemory& memory;
    const Generator::OnToken& on_token;
  };
  AnswerLoop(const Setup& setup, const std::vector<Prompt>& prompts);

  std::vector<Answer> run();

 private:
  std::int64_t tokens_per_download() const;
  // The numbers of the next `count` tokens of all rows [count, B, 2 + groups] (token_chooser.h), on the CPU.
  at::Tensor choose_tokens(at::Tensor logits, std::int64_t count);
  at::Tensor draws(std::int64_t count);                         // [count, B] fp64, or undefined
  at::Tensor next_logits(const at::Tensor& ids);                // [B] -> [B, V]
  std::vector<std::int64_t> record(const at::Tensor& numbers);  // the rows that are not finished
  bool record(const double* numbers, std::size_t row);          // false: the row is finished
  void keep(const std::vector<std::int64_t>& rows, const at::Tensor& numbers);

  Setup setup_;
  LiveRows live_;
  KvCache cache_;
  std::vector<Answer> answers_;
  std::unique_ptr<NextTokens> next_;  // null: not made yet, or the model has none
  std::int64_t steps_left_ = 0;       // how many more next_ has room for
  std::int64_t made_ = 0;             // tokens per row
  at::Tensor ids_;                    // [B] the tokens chosen last
};

}  // namespace llama32med
