#include "llama32med/nn/norm.h"

#include <ATen/Context.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "support/map_weights.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

template <class Norm>
Norm make(const at::Tensor& weight, const at::Tensor& bias, double eps, at::ScalarType type = at::kDouble) {
  const test::MapWeights weights({{"weight", weight}, {"bias", bias}});
  ParameterStore store;
  return Norm(Scope(weights, at::dtype(type), store), weight.size(0), eps);
}

TEST(Norm, RmsEqualsTheFormula) {
  const auto weight = at::tensor({1.0, 2.0, -1.0, 0.5}, at::kDouble),
             x = at::tensor({1.0, -2.0, 3.0, 4.0}, at::kDouble);
  const auto norm = make<RmsNorm>(weight, weight, 0.5);
  const double scale = 1 / std::sqrt(30.0 / 4 + 0.5);
  test::expect_close("rms", norm(x), weight * x * scale, test::kLaws64);
}

TEST(Norm, RmsOfHalfTypesRoundsOnceBeforeTheWeight) {
  at::manual_seed(1);
  const auto weight = at::randn({64}).to(at::kBFloat16), x = at::randn({3, 64}).to(at::kBFloat16);
  const auto wide = x.to(at::kFloat);
  const auto expected = weight * (wide * (wide.square().mean(-1, true) + 1e-5).rsqrt()).to(at::kBFloat16);
  EXPECT_TRUE(make<RmsNorm>(weight, weight, 1e-5, at::kBFloat16)(x).equal(expected));
}

TEST(Norm, LayerNormCentersAndScales) {
  const auto weight = at::tensor({1.0, 1.0, 2.0, 2.0}, at::kDouble),
             bias = at::tensor({0.0, 1.0, 0.0, 1.0}, at::kDouble);
  const auto x = at::tensor({1.0, 3.0, 5.0, 7.0}, at::kDouble);
  const auto expected = (x - 4) / std::sqrt(5.0 + 0.1) * weight + bias;
  test::expect_close("layer", make<LayerNorm>(weight, bias, 0.1)(x), expected, test::kLaws64);
}

}  // namespace
}  // namespace llama32med
