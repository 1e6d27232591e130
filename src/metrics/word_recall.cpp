#include "llama32med/metrics/word_recall.h"

#include <algorithm>
#include <set>

namespace llama32med {

double set_recall(const Tokens& reference, const Tokens& prediction) {
  const std::set<std::string> wanted(reference.begin(), reference.end()), found(prediction.begin(), prediction.end());
  if (wanted.empty()) return 0.0;
  const auto hits = std::ranges::count_if(wanted, [&](const std::string& word) { return found.contains(word); });
  return static_cast<double>(hits) / static_cast<double>(wanted.size());
}

}  // namespace llama32med
