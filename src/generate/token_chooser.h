// The next token of each row and what is recorded with it, on the device of the model: the host reads it when it likes.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "llama32med/generate/generator.h"

namespace llama32med {

// Makes every logit of a row NaN if any is NaN or infinite, so that the log-probability that is read anyway shows it.
// Other rows keep their values. logits: [.., V]
void spread_nonfinite(at::Tensor& logits);
// Throws Error{kData} naming the prompt: a token cannot be chosen by NaN, argmax of NaN is an ordinary token.
void require_finite(double log_probability, const Prompt& prompt);

class TokenChooser {
 public:
  TokenChooser(const Backbone& model, const GenerateConfig& config, const Generator::TokenGroups& watched);

  struct Choice {
    at::Tensor ids;      // [B] int64
    at::Tensor numbers;  // [B, 2 + groups] fp64: id, log-probability, log-probability of each watched group
  };
  // `logits` [B, V] are changed. Tokens that must not be generated are never chosen. A row with a logit that is NaN or
  // infinite gets NaN as log-probability. `draws`: see pick_tokens().
  Choice operator()(at::Tensor logits, const at::Tensor& draws) const;
  std::size_t groups() const { return watched_.size(); }

 private:
  SamplerConfig sampler_;
  at::Tensor forbidden_;             // [n] ids, or undefined
  std::vector<at::Tensor> watched_;  // ids of each group
};

}  // namespace llama32med
