// NFKC by sentencepiece; its source is the only one of this floor that uses sentencepiece.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

std::string sentencepiece_nfkc(std::string_view text);  // valid UTF-8

}  // namespace llama32med
