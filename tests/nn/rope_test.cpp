#include "llama32med/nn/rope.h"

#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/tolerances.h"

namespace llama32med {
namespace {

TEST(Rope, FrequenciesOfTheReleasedModelEqualKnownValues) {
  const auto inv = rope_frequencies({.head_dim = 128, .theta = 500000, .scaling = RopeScaling{}});
  ASSERT_EQ(inv.size(), 64u);
  const std::pair<std::size_t, double> values[] = {
      {1, 8.146172339e-1},  {28, 3.211445995e-3}, {29, 2.166570764e-3}, {30, 1.371893568e-3}, {31, 8.567514129e-4},
      {32, 5.248461610e-4}, {33, 3.126937504e-4}, {34, 1.785078128e-4}, {35, 9.556212354e-5}, {63, 3.068925989e-7}};
  for (const auto& [i, value] : values) EXPECT_NEAR(inv[i] / value, 1, 1e-9) << i;
}

TEST(Rope, UnscaledFrequenciesAreAGeometricSeries) {
  const auto inv = rope_frequencies({.head_dim = 8, .theta = 10000, .scaling = {}});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(inv[i], std::pow(10000.0, -2.0 * static_cast<double>(i) / 8));
}

TEST(Rope, ScoresDependOnlyOnTheDistance) {
  at::manual_seed(2);
  const Rope rope({.head_dim = 16, .theta = 100, .scaling = {}}, at::kCPU);
  const auto q = at::randn({1, 1, 1, 16}), k = at::randn({1, 1, 1, 16});
  const auto score = [&](std::int64_t i, std::int64_t j) {
    const auto at_position = [&](const at::Tensor& x, std::int64_t p) {
      return rotate(x, rope.angles(at::arange(p, p + 1, at::kLong).view({1, 1})));
    };
    return at::matmul(at_position(q, i), at_position(k, j).transpose(2, 3)).item<double>();
  };
  EXPECT_NEAR(score(7, 3), score(104, 100), 1e-4);
  EXPECT_GT(std::abs(score(7, 3) - score(7, 5)), 1e-3);
}

TEST(Rope, PositionZeroKeepsTheVector) {
  const Rope rope({.head_dim = 4}, at::kCPU);
  const auto x = at::randn({1, 2, 1, 4});
  EXPECT_TRUE(rotate(x, rope.angles(at::arange(1, at::kLong).view({1, 1}))).equal(x));
}

}  // namespace
}  // namespace llama32med
