#include "llama32med/eval/statistics.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Statistics, PercentRoundsTheExactFraction) {
  EXPECT_EQ(percent({324, 355}, 1), "91.3");
  EXPECT_EQ(percent({324, 355}, 2), "91.27");
  EXPECT_EQ(percent({1, 16}, 1), "6.3");  // 6.25: half goes up
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

}  // namespace
}  // namespace llama32med
