// Answers prompts about images that were encoded before. One prefill, then one token a step for all rows that go on.
//
// Rows of any lengths share a batch; a row's answer does not depend on the others. What neighboring prompts about the
// same images begin with (role, image, instruction) is computed once. Generated tokens see the images that the prompt's
// last token sees.
//
// Throws Error{kData} if a prompt's image tokens and images differ in number, or prompt and answer exceed the model's
// positions.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/generate/sampler.h"
#include "llama32med/models/backbone.h"

namespace llama32med {

struct GenerateConfig {
  std::int64_t max_new_tokens = 64;
  SamplerConfig sampler;
  std::int64_t seed = 0;
  bool exact_length = false;

  static void describe(auto& c, auto&& field) {
    field("max_new_tokens", c.max_new_tokens, "maximum length of an answer, in tokens", InRange{1, 100000});
    field("sampler", c.sampler, "choice of the next token");
    field("seed", c.seed, "seed of the sampler");
    field("exact_length", c.exact_length,
          "ignore stop tokens, so that every answer has max_new_tokens tokens; for timing random weights");
  }
};

struct Prompt {
  std::vector<std::int64_t> ids;
  ImageRun images;          // in the memory
  std::uint64_t draws = 0;  // names the row's stream of random numbers
};

enum class FinishReason { kStop, kLength };
constexpr auto names_of(FinishReason) {
  return std::array{Named{"stop", FinishReason::kStop}, Named{"length", FinishReason::kLength}};
}

struct Answer {
  std::vector<std::int64_t> ids;  // without the stop token
  FinishReason finish = FinishReason::kLength;
  double log_probability = 0;  // of all ids and the stop token
  // Of each id's step, for each group of watched tokens: the log of the probability that the next token is of it.
  std::vector<std::vector<double>> watched = {};
};

class Generator {
 public:
  // Is told each token as it is chosen, stop tokens excepted.
  using OnToken = std::function<void(std::size_t prompt, std::int64_t id)>;

  using TokenGroups = std::vector<std::vector<std::int64_t>>;

  Generator(const Backbone& model, GenerateConfig config, TokenGroups watched = {})
      : model_(&model), config_(config), watched_(std::move(watched)) {}

  std::vector<Answer> answer(const std::vector<Prompt>& prompts, const ImageMemory& memory,
                             const OnToken& on_token = {}) const;

  // log p(choice, end of turn | prompt) of each choice. `end` is the token that closes an answer.
  std::vector<double> choice_log_probabilities(const Prompt& prompt,
                                               const std::vector<std::vector<std::int64_t>>& choices, std::int64_t end,
                                               const ImageMemory& memory) const;

 private:
  at::Tensor prefill(const std::vector<Prompt>& prompts, const ImageMemory& memory, KvCache& cache) const;
  struct Tail {
    TextBatch batch;
    at::Tensor hidden;  // [B, L, D]
  };
  Tail decode_tails(const std::vector<Prompt>& prompts, std::int64_t shared, const ImageMemory& memory,
                    KvCache& cache) const;
  at::Tensor prefill_group(const std::vector<Prompt>& prompts, const ImageMemory& memory, KvCache& cache) const;
  void check(const std::vector<Prompt>& prompts, const ImageMemory& memory, std::int64_t more) const;

  const Backbone* model_;
  GenerateConfig config_;
  TokenGroups watched_;
};

}  // namespace llama32med
