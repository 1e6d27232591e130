#include "llama32med/metrics/letters_overlap.h"

#include <cmath>
#include <string>
#include <vector>

#include "llama32med/metrics/overlap.h"
#include "llama32med/metrics/unicode.h"

namespace llama32med {
namespace {

std::string letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || c == ' ') out.push_back(c);
    if (c >= 'A' && c <= 'Z') out.push_back(static_cast<char>(c - 'A' + 'a'));
  }
  return out;
}

// The text's runs of n words, each joined with a blank, into `grams`; views of them counted.
std::vector<WordCount> count_grams(const std::string& text, int n, std::vector<std::string>& grams) {
  const auto words = white_space_words(text);
  const auto length = static_cast<std::size_t>(n);
  grams.clear();
  for (std::size_t i = 0; i + length <= words.size(); ++i) {
    grams.emplace_back(words[i]);
    for (std::size_t k = 1; k < length; ++k) grams.back().append(" ").append(words[i + k]);
  }
  return count_words({grams.begin(), grams.end()});
}

}  // namespace

std::optional<double> letters_exact_match(std::string_view prediction, std::string_view reference) {
  const std::string predicted = letters(prediction), expected = letters(reference);
  const auto words = count_words(white_space_words(predicted));
  if (words.empty()) return std::nullopt;
  return found_share(words, count_words(white_space_words(expected)));
}

std::optional<double> letters_f1(std::string_view prediction, std::string_view reference) {
  const std::string predicted = letters(prediction), expected = letters(reference);
  const auto words = count_words(white_space_words(predicted));
  if (words.empty()) return std::nullopt;
  return overlap(words, count_words(white_space_words(expected))).f1;
}

std::optional<double> letters_bleu(std::string_view prediction, std::string_view reference, int order) {
  const auto characters = static_cast<double>(code_points(prediction).size());
  const auto wanted = static_cast<double>(code_points(reference).size());
  if (characters == 0) return std::nullopt;
  const double brevity = characters > wanted ? 1 : std::exp(1 - wanted / characters);
  const std::string predicted = letters(prediction), expected = letters(reference);
  double sum = 0;
  for (int n = 1; n <= order; ++n) {
    std::vector<std::string> predicted_grams, expected_grams;
    const auto grams = count_grams(predicted, n, predicted_grams), others = count_grams(expected, n, expected_grams);
    if (grams.empty()) return std::nullopt;
    double shared = 0;
    for (const auto& [gram, count] : grams) shared += static_cast<double>(std::min(count, count_of(others, gram)));
    if (shared > 0) sum += 1.0 / order * std::log(shared / static_cast<double>(predicted_grams.size()));
  }
  return brevity * std::exp(sum);
}

}  // namespace llama32med
