#include "llama32med/metrics/overlap.h"

namespace llama32med {

Overlap overlap(const std::vector<WordCount>& prediction, const std::vector<WordCount>& reference) {
  double shared = 0, wrong = 0, missed = 0;
  for (const auto& [word, count] : prediction)
    (count_of(reference, word) > 0 ? shared : wrong) += static_cast<double>(count);
  for (const auto& [word, count] : reference)
    if (count_of(prediction, word) == 0) missed += static_cast<double>(count);
  if (shared == 0) return {};
  const double precision = shared / (shared + wrong), recall = shared / (shared + missed);
  return {2 * precision * recall / (precision + recall), precision, recall};
}

double found_share(const std::vector<WordCount>& prediction, const std::vector<WordCount>& reference) {
  double found = 0, words = 0;
  for (const auto& [word, count] : prediction) {
    words += static_cast<double>(count);
    if (count_of(reference, word) > 0) found += 1;
  }
  return words > 0 ? found / words : 0;
}

}  // namespace llama32med
