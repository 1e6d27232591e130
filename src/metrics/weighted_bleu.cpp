#include "llama32med/metrics/weighted_bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

namespace llama32med {
namespace {

using Gram = std::span<const std::string_view>;

struct GramLess {
  bool operator()(const Gram& a, const Gram& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  }
};
using GramCounts = std::map<Gram, std::size_t, GramLess>;

GramCounts count_grams(const Tokens& tokens, std::size_t n) {
  GramCounts counts;
  for (std::size_t i = 0; i + n <= tokens.size(); ++i) ++counts[Gram(tokens).subspan(i, n)];
  return counts;
}

// n-grams of the hypothesis, each at most as often as in the reference that has it most often.
std::size_t clipped_count(const Tokens& hypothesis, std::span<const Tokens> references, std::size_t n) {
  std::vector<GramCounts> others;
  for (const auto& reference : references) others.push_back(count_grams(reference, n));
  std::size_t sum = 0;
  for (const auto& [gram, count] : count_grams(hypothesis, n)) {
    std::size_t most = 0;
    for (const auto& counts : others) {
      const auto found = counts.find(gram);
      if (found != counts.end()) most = std::max(most, found->second);
    }
    sum += std::min(count, most);
  }
  return sum;
}

double brevity_penalty(std::size_t length, std::span<const Tokens> references) {
  if (references.empty()) return 1;
  const auto distance = [&](std::size_t other) { return other > length ? other - length : length - other; };
  std::size_t nearest = references.front().size();
  for (const auto& reference : references) {
    const auto size = reference.size();
    if (distance(size) < distance(nearest) || (distance(size) == distance(nearest) && size < nearest)) nearest = size;
  }
  if (length > nearest) return 1;
  return length == 0 ? 0 : std::exp(1 - static_cast<double>(nearest) / static_cast<double>(length));
}

}  // namespace

double weighted_bleu(const Tokens& hypothesis, std::span<const Tokens> references, std::span<const double> weights,
                     ZeroCounts zero_counts) {
  double sum = 0;
  for (std::size_t n = 1; n <= weights.size(); ++n) {
    auto shared = static_cast<double>(clipped_count(hypothesis, references, n));
    if (n == 1 && shared == 0) return 0;
    const auto grams = static_cast<double>(hypothesis.size() >= n ? hypothesis.size() - n + 1 : 1);
    if (shared == 0 && zero_counts == ZeroCounts::kAddTenth) shared = 0.1;
    const double precision = shared > 0 ? shared / grams : std::numeric_limits<double>::min();
    sum += weights[n - 1] * std::log(precision);
  }
  return brevity_penalty(hypothesis.size(), references) * std::exp(sum);
}

}  // namespace llama32med
