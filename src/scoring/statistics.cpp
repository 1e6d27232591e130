#include "llama32med/scoring/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace llama32med {
namespace {

// A positive number as mantissa * 2^exponent: C(n, k) / 2^n leaves the range of a double from n = 1075 on.
struct Scaled {
  double mantissa = 1;
  std::int64_t exponent = 0;

  void multiply(double factor) {
    int shift = 0;
    mantissa = std::frexp(mantissa * factor, &shift);
    exponent += shift;
  }
};

// C(n, k) / 2^n
Scaled binomial_half(std::int64_t n, std::int64_t k) {
  Scaled value;
  for (std::int64_t i = 1; i <= k; ++i) value.multiply(static_cast<double>(n - k + i) / static_cast<double>(i));
  value.exponent -= n;
  return value;
}

}  // namespace

Interval wilson95(const Tally& tally) {
  if (tally.count == 0) return {};
  constexpr double kZ = 1.959964;
  const double n = static_cast<double>(tally.count), p = tally.mean(), z2 = kZ * kZ;
  const double center = p + z2 / (2 * n), half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)), scale = 1 + z2 / n;
  return {std::max(0.0, (center - half) / scale), std::min(1.0, (center + half) / scale)};
}

double mcnemar_exact_p(std::int64_t b, std::int64_t c) {
  const std::int64_t n = b + c, most = std::min(b, c);
  if (2 * most == n) return 1;
  // Sums from the largest term down, relative to it: C(n, i - 1) / C(n, i) = i / (n - i + 1).
  double term = 1, sum = 1;
  for (std::int64_t i = most; i > 0 && term > 1e-18 * sum; --i) {
    term *= static_cast<double>(i) / static_cast<double>(n - i + 1);
    sum += term;
  }
  auto p = binomial_half(n, most);
  p.multiply(2 * sum);
  const auto exponent = static_cast<int>(std::max<std::int64_t>(p.exponent, -2000));  // ldexp takes an int
  return std::min(1.0, std::ldexp(p.mantissa, exponent));
}

std::vector<double> holm_adjusted(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(p.size() - i) * p[order[i]]);
    adjusted[order[i]] = std::min(1.0, largest);
  }
  return adjusted;
}

std::string percent(const Tally& tally, int decimals, Rounding rounding) {
  if (tally.count == 0) return "-";
  std::int64_t unit = 1;  // units of the last decimal per percent
  for (int i = 0; i < decimals; ++i) unit *= 10;
  std::int64_t units;
  if (tally.sum == std::floor(tally.sum)) {  // k of n: integer arithmetic, so that halves are rounded exactly
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
