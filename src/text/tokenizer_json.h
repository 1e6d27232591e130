// Hugging Face's tokenizer.json, as far as byte-level BPE goes: model BPE, pre-tokenizer Split (one regex) then
// ByteLevel, added tokens. The post-processor (which adds a begin token), truncation and padding are the caller's
// business and not read.
#pragma once
#include <memory>
#include <string>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Throws Error{kData} that names what is broken, or the feature that is not supported.
std::unique_ptr<Tokenizer> make_json_tokenizer(std::string_view file, const std::string& source);

}  // namespace llama32med
