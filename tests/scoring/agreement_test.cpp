#include "llama32med/scoring/agreement.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

// 10 subjects, 14 raters, 5 categories: the example of Fleiss (1971), as worked out in text books: 0.210.
TEST(Agreement, FleissExample) {
  const std::vector<std::vector<int>> table = {{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0},
                                               {2, 2, 8, 1, 1},  {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2},
                                               {6, 5, 2, 1, 0},  {0, 2, 2, 3, 7}};
  Ratings ratings;
  for (const auto& row : table) {
    ratings.emplace_back();
    for (std::size_t category = 0; category < row.size(); ++category)
      ratings.back().insert(ratings.back().end(), static_cast<std::size_t>(row[category]),
                            static_cast<double>(category));
  }
  EXPECT_NEAR(fleiss_kappa(ratings).value(), 0.2099307, 1e-6);
}

// Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section D: four observers, missing values.
TEST(Agreement, KrippendorffExample) {
  const Ratings ratings = {{1, 1, 1},    {2, 2, 3, 2}, {3, 3, 3, 3}, {3, 3, 3, 3}, {2, 2, 2, 2}, {1, 2, 3, 4},
                           {4, 4, 4, 4}, {1, 1, 2, 1}, {2, 2, 2, 2}, {5, 5, 5},    {1, 1},       {3}};
  EXPECT_NEAR(krippendorff_alpha(ratings, RatingScale::kNominal).value(), 0.743, 5e-4);
  EXPECT_NEAR(krippendorff_alpha(ratings, RatingScale::kOrdinal).value(), 0.815, 5e-4);
}

TEST(Agreement, CohenByHand) {  // 20 + 15 of 50 agree, chance 0.5: 0.4
  std::vector<std::pair<double, double>> pairs(20, {1, 1});
  pairs.insert(pairs.end(), 5, {1, 0});
  pairs.insert(pairs.end(), 10, {0, 1});
  pairs.insert(pairs.end(), 15, {0, 0});
  EXPECT_NEAR(cohen_kappa(pairs).value(), 0.4, 1e-12);
}

TEST(Agreement, NotDefined) {
  EXPECT_FALSE(fleiss_kappa({}));
  EXPECT_FALSE(fleiss_kappa({{1}, {0}}));
  EXPECT_FALSE(fleiss_kappa({{1, 1}, {1, 1}}));
  EXPECT_FALSE(fleiss_kappa({{1, 1}, {1, 1, 0}}));
  EXPECT_FALSE(krippendorff_alpha({{1, 1}, {1, 1}}, RatingScale::kNominal));
  EXPECT_FALSE(krippendorff_alpha({}, RatingScale::kOrdinal));
  EXPECT_FALSE(cohen_kappa({}));
  EXPECT_EQ(fleiss_kappa({{1, 1}, {0, 0}}), 1);
  EXPECT_EQ(krippendorff_alpha({{1, 1}, {0, 0}}, RatingScale::kOrdinal), 1);
}

}  // namespace
}  // namespace llama32med
