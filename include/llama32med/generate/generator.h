// Answers prompts about images that have already been encoded: one prefill, then one token per step for all unfinished
// rows.
//
// Rows of different lengths share a batch, and the answer of a row does not depend on the other rows. The common prefix
// of neighboring prompts about the same images (role, image, instruction) is computed once. Generated tokens attend to
// the same images as the last token of the prompt.
//
// Throws Error{kData} if a prompt does not have the right number of image tokens for its images, or if prompt and
// answer exceed the model's maximum number of positions. Throws Error{kData} naming the prompt if its logits are
// non-finite. The check is one reduction per step, and its result comes with the log-probability that is read back for
// each token.
//
// On a GPU the host reads the tokens of a long answer several at a time, so that it never waits inside a step.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/generate/sampler.h"
#include "llama32med/models/backbone.h"

namespace llama32med {

class TokenChooser;

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
  ImageRun images;          // indices into the ImageMemory
  std::uint64_t draws = 0;  // id of the row's random number stream
  std::string name = {};    // for errors: "question 12", "requests.jsonl:3"
};

enum class FinishReason { kStop, kLength };
constexpr auto names_of(FinishReason) {
  return std::array{Named{"stop", FinishReason::kStop}, Named{"length", FinishReason::kLength}};
}

struct Answer {
  std::vector<std::int64_t> ids;  // without the stop token
  FinishReason finish = FinishReason::kLength;
  double log_probability = 0;  // sum over all ids and the stop token
  // [ids][groups] For each generated id and each group of watched tokens: the log-probability, in that step, that the
  // next token is in the group.
  std::vector<std::vector<double>> watched = {};
};

class Generator {
 public:
  // Called with each token as it is chosen, except stop tokens.
  using OnToken = std::function<void(std::size_t prompt, std::int64_t id)>;

  using TokenGroups = std::vector<std::vector<std::int64_t>>;

  Generator(const Backbone& model, GenerateConfig config, TokenGroups watched = {});
  ~Generator();

  std::vector<Answer> answer(const std::vector<Prompt>& prompts, const ImageMemory& memory,
                             const OnToken& on_token = {}) const;

  // log p(choice, end of turn | prompt) for each choice. `end` is the token that ends an answer.
  std::vector<double> choice_log_probabilities(const Prompt& prompt,
                                               const std::vector<std::vector<std::int64_t>>& choices, std::int64_t end,
                                               const ImageMemory& memory) const;

 private:
  void check(const std::vector<Prompt>& prompts, const ImageMemory& memory, std::int64_t more) const;

  const Backbone* model_;
  GenerateConfig config_;
  std::unique_ptr<const TokenChooser> choose_;
};

}  // namespace llama32med
