#include "report/nearest_question.h"

#include <cmath>
#include <map>

#include "report/words.h"

namespace llama32med {
namespace {

constexpr double kIdfUnit = 0x1p-16;

std::map<std::string, double> word_counts(std::string_view question) {
  std::map<std::string, double> counts;
  for (auto& word : lower_words(question)) ++counts[word];
  return counts;
}

}  // namespace

QuestionIndex::QuestionIndex(const std::vector<std::string>& questions) {
  std::unordered_map<std::string_view, std::size_t> documents;
  std::vector<double> times;  // occurrences of a document in the list
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto [entry, is_new] = documents.try_emplace(questions[i], first_place_.size());
    if (is_new) {
      first_place_.push_back(i);
      times.push_back(0);
    }
    ++times[entry->second];
  }
  std::vector<std::map<std::string, double>> counts;
  std::unordered_map<std::string, double> document_frequency;
  for (std::size_t d = 0; d < first_place_.size(); ++d) {
    counts.push_back(word_counts(questions[first_place_[d]]));
    for (const auto& [word, count] : counts.back()) document_frequency[word] += times[d];
  }
  const auto all = static_cast<double>(questions.size());
  for (const auto& [word, frequency] : document_frequency)
    words_[word].idf = std::nearbyint((std::log((1 + all) / (1 + frequency)) + 1) / kIdfUnit);
  for (std::size_t d = 0; d < counts.size(); ++d) {
    double squares = 0;
    for (const auto& [name, count] : counts[d]) {
      auto& word = words_.at(name);
      const double weight = count * word.idf;
      word.postings.push_back({static_cast<std::uint32_t>(d), weight});
      squares += weight * weight;
    }
    length_.push_back(std::sqrt(squares));
  }
}

std::optional<std::size_t> QuestionIndex::nearest(std::string_view question) const {
  std::vector<double> products(length_.size());
  for (const auto& [name, count] : word_counts(question)) {
    const auto found = words_.find(name);
    if (found == words_.end()) continue;
    const double weight = count * found->second.idf;
    for (const auto& [document, of_document] : found->second.postings) products[document] += weight * of_document;
  }
  std::optional<std::size_t> best;
  double most = 0;
  for (std::size_t d = 0; d < products.size(); ++d)
    if (products[d] > 0 && products[d] / length_[d] > most) {
      most = products[d] / length_[d];
      best = first_place_[d];
    }
  return best;
}

}  // namespace llama32med
