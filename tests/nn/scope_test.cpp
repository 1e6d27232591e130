#include "llama32med/nn/scope.h"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/map_weights.h"

namespace llama32med {
namespace {

const test::MapWeights kWeights({{"a.b.weight", at::ones({3, 2})},
                                 {"a.b.bias", at::ones({3})},
                                 {"n", at::ones({2}, at::kLong)}});

TEST(Scope, NamesLoadsAndRecordsWeights) {
  ParameterStore store;
  const Scope scope = Scope(kWeights, at::dtype(at::kDouble), store) / "a";
  const auto linear = scope.linear("b", {2, 3, Bias::kPresent});
  const auto y = linear(at::ones({1, 2}, at::kDouble));
  EXPECT_EQ(y.sizes(), at::IntArrayRef({1, 3}));
  EXPECT_EQ(y[0][0].item<double>(), 3);
  ASSERT_EQ(store.all().size(), 2u);
  EXPECT_EQ(store.all()[0].name, "a.b.weight");
  EXPECT_EQ(store.count(), 9);
  EXPECT_EQ(store.bytes(), 72);
}

TEST(Scope, GradientsReachTheWeightsInTheStore) {
  ParameterStore store;
  const auto linear = Scope(kWeights, at::dtype(at::kDouble), store).linear("a.b", {2, 3, Bias::kNone});
  store.require_gradients();
  linear(at::ones({5, 2}, at::kDouble)).sum().backward();
  EXPECT_EQ(store.all()[0].value.grad().sum().item<double>(), 30);
}

TEST(Scope, AWrongShapeIsReportedWithTensorAndBothShapes) {
  ParameterStore store;
  const Scope scope(kWeights, at::dtype(at::kFloat), store);
  EXPECT_ERROR(scope.linear("a.b", {4, 3}), ErrorKind::kData, "map", "a.b.weight", "[3, 2]", "[3, 4]");
  EXPECT_ERROR(scope.weight("absent", {1}), ErrorKind::kData, "absent");
}

}  // namespace
}  // namespace llama32med
