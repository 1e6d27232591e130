#include "train/eight_bit.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "support/tolerances.h"

namespace llama32med {
namespace {

// python -c "from bitsandbytes.functional import create_dynamic_map as m; print(m(True)[[0, 1, ..]], m(False)[..])"
TEST(EightBit, ValuesAreThePublishedMaps) {
  const auto both = dynamic_values(Signs::kBoth), positive = dynamic_values(Signs::kPositive);
  ASSERT_EQ(both.size(), 256);
  ASSERT_EQ(positive.size(), 256);
  const auto expect = [](const std::vector<float>& values, std::size_t i, float value) {
    EXPECT_FLOAT_EQ(values[i], value) << i;
  };
  expect(both, 0, -0.992968738079071F);
  expect(both, 1, -0.9789062738418579F);
  expect(both, 100, -0.0074687497690320015F);
  expect(both, 126, -5.500000384017767e-07F);
  expect(both, 127, 0);
  expect(both, 129, 3.250000190746505e-06F);
  expect(both, 200, 0.23359374701976776F);
  expect(both, 255, 1);
  expect(positive, 0, 0);
  expect(positive, 1, 3.2500003044333425e-07F);
  expect(positive, 3, 2.1249998098937795e-06F);
  expect(positive, 100, 0.06273438036441803F);
  expect(positive, 254, 0.9964843988418579F);
}

TEST(EightBit, RoundTripGivesTheNearestValue) {
  at::manual_seed(6);
  const auto x = at::randn({3, 131}).pow(3);  // 393 values: a whole block and a partial one
  const auto map = map_on(at::kCPU, Signs::kBoth);
  const auto bytes = to_bytes(x, map);
  EXPECT_EQ(bytes.codes.numel(), 393);
  EXPECT_EQ(bytes.largest.numel(), 2);
  const auto back = from_bytes(bytes, map, x.sizes());
  EXPECT_EQ(back.sizes(), x.sizes());
  const auto values = dynamic_values(Signs::kBoth);
  for (const std::int64_t i : {0, 17, 255, 256, 392}) {
    const double scale = bytes.largest[i / 256].item<double>(), number = x.flatten()[i].item<double>();
    double nearest = 1e9;
    for (const float value : values) nearest = std::min(nearest, std::abs(value * scale - number));
    EXPECT_NEAR(std::abs(back.flatten()[i].item<double>() - number), nearest, test::kLaws32.absolute) << i;
  }
  EXPECT_TRUE(to_bytes(back, map).codes.equal(bytes.codes));
}

TEST(EightBit, ZeroStaysZero) {
  for (const auto signs : {Signs::kBoth, Signs::kPositive}) {
    const auto map = map_on(at::kCPU, signs);
    EXPECT_TRUE(from_bytes(to_bytes(at::zeros({300}), map), map, {300}).equal(at::zeros({300})));
  }
}

}  // namespace
}  // namespace llama32med
