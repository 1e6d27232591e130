// Agreement between raters. Each item has one or more ratings, in any order.
//
//   Fleiss' kappa (1971): (P - Pe) / (1 - Pe) over categories; needs the same number of ratings (at least 2) per item.
//   Krippendorff's alpha: 1 - Do / De with the difference function of the scale; ignores items with one rating.
//   Cohen's kappa: two raters, one pair of ratings per item.
//
// Empty if a measure is undefined: one rater, no items, or (De = 0) all ratings equal.
#pragma once
#include <optional>
#include <utility>
#include <vector>

namespace llama32med {

using Ratings = std::vector<std::vector<double>>;  // item -> its ratings

enum class RatingScale { kNominal, kOrdinal };

std::optional<double> fleiss_kappa(const Ratings& ratings);
std::optional<double> krippendorff_alpha(const Ratings& ratings, RatingScale scale);
std::optional<double> cohen_kappa(const std::vector<std::pair<double, double>>& pairs);

}  // namespace llama32med
