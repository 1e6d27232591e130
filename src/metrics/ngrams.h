// n-grams of up to four words as word ids, which sort and compare quickly.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "llama32med/metrics/tokens.h"

namespace llama32med {

using Ngram = std::array<std::uint32_t, 4>;  // word ids from 1; 0 after the last

class Vocabulary {
 public:
  std::vector<std::uint32_t> numbers(const Tokens& words) {
    std::vector<std::uint32_t> out;
    out.reserve(words.size());
    for (const auto& word : words)
      out.push_back(numbers_.try_emplace(word, static_cast<std::uint32_t>(numbers_.size() + 1)).first->second);
    return out;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

std::vector<Ngram> sorted_ngrams(const std::vector<std::uint32_t>& words, std::size_t order);

}  // namespace llama32med
