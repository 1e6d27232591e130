// Words of a text between white space, and how often each occurs. Views into the text, which must outlive them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace llama32med {

std::vector<std::string_view> white_space_words(std::string_view text);  // what Python's str.split() gives

struct WordCount {
  std::string_view word;
  std::size_t count;
};
std::vector<WordCount> count_words(std::vector<std::string_view> words);  // sorted by word
std::size_t count_of(const std::vector<WordCount>& counts, std::string_view word);

// Replaces every occurrence, from left to right.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

std::size_t count_characters(std::string_view text);  // code points of valid UTF-8

}  // namespace llama32med
