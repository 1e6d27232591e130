// Hugging Face's tokenizer.json for byte-level BPE: model BPE, pre-tokenizer Split (one regex) then ByteLevel, added
// tokens. The post-processor (which adds a begin token), truncation and padding are not read; they are up to the
// caller.
#pragma once
#include <memory>
#include <string>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Throws Error{kData} naming what is invalid, or the feature that is not supported.
std::unique_ptr<Tokenizer> make_json_tokenizer(std::string_view file, const std::string& source);

}  // namespace llama32med
