#include "llama32med/metrics/overlap.h"

#include <algorithm>

namespace llama32med {
namespace {

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Overlap overlap(const Words& prediction, const Words& reference) {
  const auto expected = count_words(reference);
  double shared = 0, missed = 0;
  for (const auto word : prediction) shared += count_of(expected, word) > 0 ? 1 : 0;
  for (const auto& [word, count] : expected)
    if (!has(prediction, word)) missed += static_cast<double>(count);
  if (shared == 0) return {};
  const double precision = shared / static_cast<double>(prediction.size()), recall = shared / (shared + missed);
  return {2 * precision * recall / (precision + recall), precision, recall};
}

double found_share(const Words& prediction, const Words& reference) {
  if (prediction.empty()) return 0;
  double found = 0;
  for (const auto& [word, count] : count_words(reference)) found += has(prediction, word) ? 1 : 0;
  return found / static_cast<double>(prediction.size());
}

}  // namespace llama32med
