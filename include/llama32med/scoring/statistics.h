// Statistics of scores. A score is a sum over n items, each 0 to 1. Results are the same on every machine: nothing
// depends on a library's logarithms.
#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace llama32med {

// Sum and count, divided only once. Scores are rounded to multiples of 2^-40, whose sums are exact, so that order and
// grouping never change the result.
struct Tally {
  double sum = 0;
  std::int64_t count = 0;

  void add(double score) { sum += std::nearbyint(score * 0x1p40) * 0x1p-40, ++count; }
  double mean() const { return count > 0 ? sum / static_cast<double>(count) : 0.0; }
};

struct Interval {
  double low = 0, high = 1;
};

// 95 % interval of a proportion of 0/1 scores (Wilson, JASA 1927), z = 1.959964:
//   center = (p + z^2/2n) / (1 + z^2/n), half = z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n)
// No items: 0 to 1.
Interval wilson95(const Tally& tally);

// Exact two-sided test of two runs over the same items, scores 0 or 1 (McNemar 1947). b items are correct in the first
// run only, c in the second only:
//   p = min(1, 2 sum_{i <= min(b, c)} C(b+c, i) / 2^(b+c))
// 1 for b = c = 0. Relative error below 1e-9 for a million items; underflows to 0.
double mcnemar_exact_p(std::int64_t b, std::int64_t c);

// Holm's correction for a family of tests (Scand. J. Statist. 1979), in the order given: of m, the i-th smallest p
// becomes the largest (m - j + 1) p_j with j <= i, at most 1.
std::vector<double> holm_adjusted(const std::vector<double>& p);

enum class Rounding { kHalfUp, kTruncate };  // applied to the exact fraction; some papers truncate

// The mean in percent with the given number of decimals (at most 6): "91.3". No items: "-".
std::string percent(const Tally& tally, int decimals, Rounding rounding = Rounding::kHalfUp);

}  // namespace llama32med
