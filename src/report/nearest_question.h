// Finds the most similar question by its words: cosine similarity of TF-IDF vectors.
//
// Words as defined in words.h. Weight: count in the question times idf = ln((1 + N) / (1 + df)) + 1, with N and df
// counted over all questions including repetitions (scikit-learn's TfidfVectorizer with token_pattern \w+). The idf is
// rounded to 2^-16 and sums are integers, so that the result does not depend on a machine's logarithm or on the order
// of a sum.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace llama32med {

class QuestionIndex {
 public:
  explicit QuestionIndex(const std::vector<std::string>& questions);

  // Index of the nearest question in the list, the first in case of ties; empty if no question shares a word.
  std::optional<std::size_t> nearest(std::string_view question) const;

 private:
  struct Posting {
    std::uint32_t document;
    double weight;
  };
  struct Word {
    double idf = 0;
    std::vector<Posting> postings;
  };
  std::unordered_map<std::string, Word> words_;
  std::vector<std::size_t> first_place_;  // document (distinct question) -> index of its first occurrence in the list
  std::vector<double> length_;
};

}  // namespace llama32med
