#include "llama32med/scoring/agreement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace llama32med {
namespace {

using Counts = std::map<double, double>;  // category -> how often

double total(const Counts& counts) {
  double sum = 0;
  for (const auto& [category, count] : counts) sum += count;
  return sum;
}

Counts counted(const std::vector<double>& ratings) {
  Counts counts;
  for (const double rating : ratings) counts[rating] += 1;
  return counts;
}

// Krippendorff's squared difference of two categories. Ordinal: counts the ratings between them, both ends by half.
double difference(const Counts& all, double a, double b, RatingScale scale) {
  if (a == b) return 0;
  if (scale == RatingScale::kNominal) return 1;
  double between = -(all.at(a) + all.at(b)) / 2;
  for (const auto& [category, count] : all)
    if (category >= std::min(a, b) && category <= std::max(a, b)) between += count;
  return between * between;
}

}  // namespace

std::optional<double> fleiss_kappa(const Ratings& ratings) {
  if (ratings.empty() || ratings[0].size() < 2) return std::nullopt;
  const auto raters = static_cast<double>(ratings[0].size()), items = static_cast<double>(ratings.size());
  Counts all;
  double observed = 0;
  for (const auto& item : ratings) {
    if (item.size() != ratings[0].size()) return std::nullopt;
    double pairs = -raters;
    for (const auto& [category, count] : counted(item)) {
      pairs += count * count;
      all[category] += count;
    }
    observed += pairs / (raters * (raters - 1)) / items;
  }
  double chance = 0;
  for (const auto& [category, count] : all) chance += std::pow(count / (items * raters), 2);
  if (chance >= 1) return std::nullopt;
  return (observed - chance) / (1 - chance);
}

std::optional<double> krippendorff_alpha(const Ratings& ratings, RatingScale scale) {
  Counts all;
  for (const auto& item : ratings)
    if (item.size() > 1)
      for (const double rating : item) all[rating] += 1;
  const double n = total(all);
  double observed = 0;
  for (const auto& item : ratings) {
    if (item.size() < 2) continue;
    const auto counts = counted(item);
    for (const auto& [a, a_count] : counts)
      for (const auto& [b, b_count] : counts)
        observed += a_count * b_count * difference(all, a, b, scale) / static_cast<double>(item.size() - 1);
  }
  double expected = 0;
  for (const auto& [a, a_count] : all)
    for (const auto& [b, b_count] : all) expected += a_count * b_count * difference(all, a, b, scale);
  if (expected == 0) return std::nullopt;
  return 1 - (n - 1) * observed / expected;
}

std::optional<double> cohen_kappa(const std::vector<std::pair<double, double>>& pairs) {
  if (pairs.empty()) return std::nullopt;
  const auto n = static_cast<double>(pairs.size());
  Counts first, second;
  double agreed = 0;
  for (const auto& [a, b] : pairs) {
    first[a] += 1;
    second[b] += 1;
    if (a == b) agreed += 1;
  }
  double chance = 0;
  for (const auto& [category, count] : first)
    if (const auto other = second.find(category); other != second.end()) chance += count * other->second / (n * n);
  if (chance >= 1) return std::nullopt;
  return (agreed / n - chance) / (1 - chance);
}

}  // namespace llama32med
