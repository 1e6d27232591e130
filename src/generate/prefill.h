// The prompts of a batch through the model: what prompts about the same images have in common is computed once.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "llama32med/generate/generator.h"

namespace llama32med {

struct Tails {
  TextBatch batch;
  at::Tensor hidden;  // [B, L, D]
};
// Decodes the rest of each prompt after the first `shared` tokens, which are common to all and are decoded once.
Tails decode_tails(const Backbone& model, const std::vector<Prompt>& prompts, std::int64_t shared,
                   const ImageMemory& memory, KvCache& cache);

// The logits of each prompt's last token [B, V]. Fills an empty cache.
at::Tensor prefill(const Backbone& model, const std::vector<Prompt>& prompts, const ImageMemory& memory,
                   KvCache& cache);

}  // namespace llama32med
