// Statistics of scores. A score is a sum over n items, each 0 to 1.
#pragma once
#include <cmath>
#include <cstdint>
#include <string>

namespace llama32med {

// Kept apart and divided once; scores are rounded to multiples of 2^-40, whose sums are exact. So order and grouping
// change nothing, not even the last bit.
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
//   centre = (p + z^2/2n) / (1 + z^2/n), half = z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n)
// No items: 0 to 1.
Interval wilson95(const Tally& tally);

enum class Rounding { kHalfUp, kTruncate };  // of the exact fraction; some papers truncate

// The mean in percent with so many decimals (at most 6): "91.3". No items: "-".
std::string percent(const Tally& tally, int decimals, Rounding rounding = Rounding::kHalfUp);

}  // namespace llama32med
