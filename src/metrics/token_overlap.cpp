#include "llama32med/metrics/token_overlap.h"

#include <stdexcept>

#include "llama32med/metrics/overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/vqa_normalizer.h"
#include "llama32med/metrics/words.h"

namespace llama32med {

Overlap llava_med_overlap(std::string_view prediction, std::string_view reference) {
  const std::string predicted = llava_med_text(prediction), expected = llava_med_text(reference);
  return overlap(white_space_words(predicted), white_space_words(expected));
}

double llava_med_exact_match(std::string_view prediction, std::string_view reference) {
  const std::string predicted = llava_med_text(prediction), expected = llava_med_text(reference);
  return found_share(white_space_words(predicted), white_space_words(expected));
}

double llava_med_candidate_accuracy(std::string_view prediction, std::string_view reference,
                                    std::span<const std::string> candidates) {
  if (candidates.empty()) throw std::invalid_argument("llava_med_candidate_accuracy: no candidates");
  const std::string predicted = llava_med_text(prediction);
  const auto words = count_words(white_space_words(predicted));
  double best = -1;
  std::string answer;
  for (const auto& candidate : candidates) {
    const std::string text = llava_med_text(candidate);
    const auto wanted = count_words(white_space_words(text));
    double found = 0;
    for (const auto& [word, count] : wanted) found += count_of(words, word) > 0 ? 1 : 0;
    const double share = wanted.empty() ? 0 : found / static_cast<double>(wanted.size());
    if (share > best) best = share, answer = text;
  }
  return answer == llava_med_text(reference) ? 1 : 0;
}

}  // namespace llama32med
