#include "llama32med/eval/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace llama32med {

Interval wilson95(const Tally& tally) {
  if (tally.count == 0) return {};
  constexpr double kZ = 1.959964;
  const double n = static_cast<double>(tally.count), p = tally.mean(), z2 = kZ * kZ;
  const double centre = p + z2 / (2 * n), half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)), scale = 1 + z2 / n;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

std::string percent(const Tally& tally, int decimals, Rounding rounding) {
  if (tally.count == 0) return "-";
  std::int64_t unit = 1;  // of the last decimal, in one percent
  for (int i = 0; i < decimals; ++i) unit *= 10;
  std::int64_t units;
  if (tally.sum == std::floor(tally.sum)) {  // k of n: in whole numbers, so that a half is a half
    const auto scaled = static_cast<std::int64_t>(tally.sum) * 100 * unit;
    units = rounding == Rounding::kHalfUp ? (2 * scaled + tally.count) / (2 * tally.count) : scaled / tally.count;
  } else {
    const double scaled = tally.sum * 100 * static_cast<double>(unit) / static_cast<double>(tally.count);
    units = static_cast<std::int64_t>(std::floor(rounding == Rounding::kHalfUp ? scaled + 0.5 : scaled));
  }
  if (decimals == 0) return fmt::format("{}", units);
  return fmt::format("{}.{:0{}}", units / unit, units % unit, decimals);
}

}  // namespace llama32med
