// Prompts as batches of text: their common prefix, and the rest of each prompt.
#pragma once
#include <limits>
#include <vector>

#include "llama32med/generate/generator.h"

namespace llama32med {

// Length of the common prefix of all prompts. It leaves at least one token to each prompt and does not end inside an
// image. 0 if the prompts have different images.
std::int64_t shared_prefix(const std::vector<Prompt>& prompts, std::int64_t image_token);

struct TokenRange {  // begin .. end - 1
  std::int64_t begin = 0, end = std::numeric_limits<std::int64_t>::max();
};

// The tokens of each prompt in its range, which is cut off at the end of the prompt, padded on the right.
TextBatch prompt_batch(const std::vector<Prompt>& prompts, const std::vector<TokenRange>& ranges,
                       const ModelFacts& facts, const ImageMemory& memory);

// One token per prompt, after the `read` tokens of its row in the cache.
TextBatch next_token_batch(const std::vector<Prompt>& prompts, const std::vector<std::int64_t>& ids,
                           const std::vector<std::int64_t>& read, const ModelFacts& facts, const ImageMemory& memory);

}  // namespace llama32med
