// How often each word of a text occurs. Views into the text, which must outlive them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

using Words = std::vector<std::string_view>;

struct WordCount {
  std::string_view word;
  std::size_t count;
};
std::vector<WordCount> count_words(Words words);  // sorted by word
std::size_t count_of(const std::vector<WordCount>& counts, std::string_view word);
// How many of the words are in the counts, each at most as often as counted: the size of the multiset intersection.
std::size_t count_shared(const Words& words, std::vector<WordCount> counts);

// Replaces all occurrences, from left to right.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// Python's text.split(mark)[-1]: non-overlapping occurrences, found from the left.
std::string_view after_last(std::string_view text, std::string_view mark);

}  // namespace llama32med
