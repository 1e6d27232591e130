// Contents of the tokenizer files in a new checkpoint folder. tokenizer.json is for tools that do not read rank files
// (https://huggingface.co/docs/tokenizers).
//
// Ids: ordinary tokens, then the 256 special tokens of Llama 3, then <|image|>.
#pragma once
#include <cstdint>
#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

inline constexpr std::int64_t kSpecialTokens = 256;  // Llama 3's, without <|image|>

enum class TokenizerKind { kRanks, kSentencePiece };
struct TokenizerBytes {
  TokenizerKind kind = TokenizerKind::kRanks;
  std::string model;                 // content of tokenizer.model: tiktoken ranks or a SentencePiece model
  std::int64_t ordinary_tokens = 0;  // pieces or ranks
};

// A vocabulary of 256 single bytes, id = byte.
TokenizerBytes byte_tokenizer();

// Converts a rank file to tokenizer.json: the vocabulary, and the merges that rebuild every token. Throws Error{kData}
// for a line that is not "base64 rank".
Json make_tokenizer_json(const std::string& ranks, const Json& added_tokens, std::int64_t first_special);

}  // namespace llama32med
