// Prompts as batches of text: the part all begin with, and what is left of each.
#pragma once
#include <limits>
#include <vector>

#include "llama32med/generate/generator.h"

namespace llama32med {

// The length of the common prefix of all prompts: at most all but the last token of the shortest, never ending within
// an image; 0 if their images differ.
std::int64_t shared_prefix(const std::vector<Prompt>& prompts, std::int64_t image_token);

struct TokenRange {  // begin .. end - 1
  std::int64_t begin = 0, end = std::numeric_limits<std::int64_t>::max();
};

// These tokens of each prompt (an end beyond a prompt: its own end), padded on the right.
TextBatch prompt_batch(const std::vector<Prompt>& prompts, const TokenRange& range, const ModelFacts& facts,
                       const ImageMemory& memory);

// One token for each prompt, behind the `read` tokens of its row in the cache.
TextBatch next_token_batch(const std::vector<Prompt>& prompts, const std::vector<std::int64_t>& ids,
                           const std::vector<std::int64_t>& read, const ModelFacts& facts, const ImageMemory& memory);

}  // namespace llama32med
