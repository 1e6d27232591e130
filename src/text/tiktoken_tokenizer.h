// The released Llama-3 rank file: a line a token, its bytes in base64 and its rank (= id). The 256 special tokens and
// <|image|> stand behind the ranks, and the split pattern is the released one; neither is in the file.
#pragma once
#include <memory>
#include <string>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Throws Error{kData} with `source` and the line: not base64, not a rank, a rank twice, a rank missing.
std::unique_ptr<Tokenizer> make_tiktoken_tokenizer(std::string_view file, const std::string& source);

}  // namespace llama32med
