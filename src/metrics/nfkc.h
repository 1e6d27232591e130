// NFKC by sentencepiece; the one file of this floor that knows it.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

std::string sentencepiece_nfkc(std::string_view text);  // valid UTF-8

}  // namespace llama32med
