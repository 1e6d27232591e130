// Prompts as batches of text: the part all begin with, and what is left of each.
#pragma once
#include <vector>

#include "llama32med/generate/generator.h"

namespace llama32med {

// The tokens all prompts share at their beginning, at most all but the last token of the shortest; 0 if their images
// differ.
std::int64_t shared_prefix(const std::vector<Prompt>& prompts);

// Tokens begin .. end - 1 of each prompt (end beyond a prompt: its own end), padded on the right.
TextBatch prompt_batch(const std::vector<Prompt>& prompts, std::int64_t begin, std::int64_t end,
                       const ModelFacts& facts);

// One token for each prompt, behind all it holds: it sees what the prompt's last token sees.
TextBatch next_token_batch(const std::vector<Prompt>& prompts, const std::vector<std::int64_t>& ids,
                           const ModelFacts& facts);

}  // namespace llama32med
