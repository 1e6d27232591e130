// The tables of the VQA normalizer (data: vqa_words.cpp).
#pragma once
#include <span>
#include <string_view>

namespace llama32med {

struct WordReplacement {
  std::string_view from, to;
};

std::span<const WordReplacement> vqa_contractions();  // sorted by `from`
std::span<const WordReplacement> number_words();      // none, zero .. ten, to digits
bool is_article(std::string_view word);               // a, an, the

// The replacement of a lower-case word; articles stay.
std::string_view replaced_number_word(std::string_view word);
std::string_view replaced_contraction(std::string_view word);

}  // namespace llama32med
