// The nearest of many questions by their words: cosine of TF-IDF vectors.
//
// Words are those of words.h. Weight: count in the question times idf = ln((1 + N) / (1 + df)) + 1, N and df counted
// over all questions, repetitions included (scikit-learn's TfidfVectorizer with token_pattern \w+). The idf is rounded
// to 2^-16 and sums are whole numbers, so that what is nearest does not depend on a machine's logarithm or on the order
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

  // Place of the nearest question in the list, the first of several; nothing where none shares a word.
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
  std::vector<std::size_t> first_place_;  // of a document (a distinct question) in the list
  std::vector<double> length_;
};

}  // namespace llama32med
