// The released Llama 3 rank file: one line per token with its bytes in base64 and its rank (= id). The 256 special
// tokens and <|image|> follow the ranks; they and the released split pattern are not part of the file.
#pragma once
#include <memory>
#include <string>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Throws Error{kData} with `source` and the line: invalid base64 or rank, a duplicate or a missing rank.
std::unique_ptr<Tokenizer> make_tiktoken_tokenizer(std::string_view file, const std::string& source);

}  // namespace llama32med
