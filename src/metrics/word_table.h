// The characters beyond ASCII that words are made of (data: word_table.cpp, made by
// scripts/reference/make_word_table.py).
#pragma once
#include <cstdint>
#include <span>

namespace llama32med {

struct WordRange {
  std::uint32_t first, last;
};

std::span<const WordRange> word_ranges();  // sorted

}  // namespace llama32med
