#include "llama32med/scoring/statistics.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Statistics, PercentRoundsTheExactFraction) {
  EXPECT_EQ(percent({324, 355}, 1), "91.3");
  EXPECT_EQ(percent({324, 355}, 2), "91.27");
  EXPECT_EQ(percent({1, 16}, 1), "6.3");  // 6.25: halves are rounded up
  EXPECT_EQ(percent({1, 16}, 1, Rounding::kTruncate), "6.2");
  EXPECT_EQ(percent({1, 800}, 2), "0.13");  // 0.125
  EXPECT_EQ(percent({2, 3}, 0), "67");
  EXPECT_EQ(percent({0, 20}, 1), "0.0");
  EXPECT_EQ(percent({20, 20}, 2), "100.00");
  EXPECT_EQ(percent({0.5, 2}, 1), "25.0");
  EXPECT_EQ(percent({}, 1), "-");
}

TEST(Statistics, WilsonStaysInsideZeroToOne) {
  for (int k = 0; k <= 7; ++k) {
    const auto [low, high] = wilson95({static_cast<double>(k), 7});
    EXPECT_LE(0, low);
    EXPECT_LE(low, k / 7.0 + 1e-12);
    EXPECT_GE(high, k / 7.0 - 1e-12);
    EXPECT_LE(high, 1);
  }
  EXPECT_EQ(wilson95({}).low, 0);
  EXPECT_EQ(wilson95({}).high, 1);
}

// References: the exact sum with Python's fractions.Fraction; scipy 1.17.1's binomtest agrees to 1e-13.
TEST(Statistics, McNemarIsExact) {
  struct Case {
    std::int64_t b, c;
    double p;
  };
  for (const auto& [b, c, p] : std::vector<Case>{{30, 12, 0.007915897334896727},
                                                 {10, 2, 0.03857421875},
                                                 {0, 6, 0.03125},
                                                 {120, 80, 0.0056851559967503055},
                                                 {700, 600, 0.0060157938610449525},
                                                 {1500, 1700, 0.00043334035939975035},
                                                 {3000, 3200, 0.011488253770871206},
                                                 {1200, 900, 6.337277315775436e-11}}) {
    EXPECT_NEAR(mcnemar_exact_p(b, c), p, 1e-11 * p) << b << ", " << c;
    EXPECT_EQ(mcnemar_exact_p(c, b), mcnemar_exact_p(b, c));
  }
  for (const auto& [b, c] : {std::pair{0, 0}, {5, 5}, {2000, 2000}, {1, 0}}) EXPECT_EQ(mcnemar_exact_p(b, c), 1);
  EXPECT_EQ(mcnemar_exact_p(6719, 0), 0);  // 2^-6718
}

// References: statsmodels 0.15.0, multipletests(method="holm").
TEST(Statistics, HolmKeepsTheOrderGiven) {
  const auto adjusted = holm_adjusted({0.01, 0.04, 0.03, 0.005});
  const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_DOUBLE_EQ(holm_adjusted({0.2, 0.2, 0.9})[1], 0.6);
  EXPECT_EQ(holm_adjusted({0.5, 0.9})[0], 1);
  EXPECT_TRUE(holm_adjusted({}).empty());
}

}  // namespace
}  // namespace llama32med
