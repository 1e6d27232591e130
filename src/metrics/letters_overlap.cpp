#include "llama32med/metrics/letters_overlap.h"

#include <cmath>
#include <string>
#include <vector>

#include "llama32med/metrics/overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"

namespace llama32med {
namespace {

std::string letters(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || c == ' ') out.push_back(c);
    if (c >= 'A' && c <= 'Z') out.push_back(static_cast<char>(c - 'A' + 'a'));
  }
  return out;
}

// All runs of n words as views into the text, whose words are separated by one space.
std::vector<std::string_view> grams_of(std::string_view text, int n) {
  const auto words = white_space_words(text);
  const auto length = static_cast<std::size_t>(n);
  std::vector<std::string_view> grams;
  for (std::size_t i = 0; i + length <= words.size(); ++i) {
    const auto& last = words[i + length - 1];
    const auto size = static_cast<std::size_t>(last.data() + last.size() - words[i].data());
    grams.emplace_back(words[i].data(), size);
  }
  return grams;
}

}  // namespace

std::optional<double> letters_exact_match(std::string_view prediction, std::string_view reference) {
  const std::string predicted = letters(prediction), expected = letters(reference);
  const auto words = white_space_words(predicted);
  if (words.empty()) return std::nullopt;
  return found_share(words, white_space_words(expected));
}

std::optional<double> letters_f1(std::string_view prediction, std::string_view reference) {
  const std::string predicted = letters(prediction), expected = letters(reference);
  const auto words = white_space_words(predicted);
  if (words.empty()) return std::nullopt;
  return overlap(words, white_space_words(expected)).f1;
}

std::optional<double> letters_bleu(std::string_view prediction, std::string_view reference, int order) {
  const auto characters = static_cast<double>(count_characters(prediction));
  const auto wanted = static_cast<double>(count_characters(reference));
  if (characters == 0) return std::nullopt;
  const double brevity = characters > wanted ? 1 : std::exp(1 - wanted / characters);
  const std::string predicted = collapse_white_space(letters(prediction));
  const std::string expected = collapse_white_space(letters(reference));
  double sum = 0;
  for (int n = 1; n <= order; ++n) {
    const auto grams = grams_of(predicted, n);
    if (grams.empty()) return std::nullopt;
    const auto shared = static_cast<double>(count_shared(grams, count_words(grams_of(expected, n))));
    if (shared > 0) sum += 1.0 / order * std::log(shared / static_cast<double>(grams.size()));
  }
  return brevity * std::exp(sum);
}

}  // namespace llama32med
