#include "llama32med/nn/lora_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include "llama32med/nn/scope.h"
#include "support/expect_error.h"
#include "support/map_weights.h"

namespace llama32med {
namespace {

class EveryLinear final : public LinearChooser {
 public:
  explicit EveryLinear(LinearChoice choice) : choice_(std::move(choice)) {}
  LinearChoice choose(const std::string&) const override { return choice_; }

 private:
  LinearChoice choice_;
};

const test::MapWeights kWeights({{"m.weight", at::rand({3, 4}, at::kDouble)}, {"m.bias", at::rand({3}, at::kDouble)}});
const test::MapWeights kAdapter({{"m.lora_A.weight", at::rand({2, 4}, at::kDouble)},
                                 {"m.lora_B.weight", at::rand({3, 2}, at::kDouble)}});

TEST(LoraLinear, AFreshAdapterChangesNothingAndIsRecordedAsAdapter) {
  ParameterStore store;
  const EveryLinear fresh({.lora = LoraSpec{.rank = 2, .scale = 3}, .seed = 7});
  const auto linear = Scope(kWeights, at::dtype(at::kFloat), store, &fresh).linear("m", {4, 3, Bias::kPresent});
  const auto x = at::rand({5, 4});
  const auto plain = at::linear(x, kWeights.read("m.weight", at::kFloat), kWeights.read("m.bias", at::kFloat));
  EXPECT_TRUE(linear(x).equal(plain));
  ASSERT_EQ(store.all().size(), 4u);
  EXPECT_EQ(store.all()[2].name, "m.lora_A.weight");
  EXPECT_EQ(store.all()[2].kind, ParameterKind::kAdapter);
  EXPECT_LE(store.all()[2].value.abs().max().item<float>(), 0.5f);
  EXPECT_TRUE(store.all()[2].value.equal(fresh_lora_a("m.lora_A.weight", 2, 4, 7)));
  EXPECT_FALSE(store.all()[2].value.equal(fresh_lora_a("m.lora_A.weight", 2, 4, 8)));
}

TEST(LoraLinear, AddsTheScaledProductToTheBaseAndReturnsTheMergedWeight) {
  const LoraSpec spec{.rank = 2, .scale = 3};
  ParameterStore store;
  const EveryLinear trained({.lora = spec, .trained = &kAdapter});
  const auto linear = Scope(kWeights, at::dtype(at::kDouble), store, &trained).linear("m", {4, 3, Bias::kPresent});
  const auto a = kAdapter.read("m.lora_A.weight", {}), b = kAdapter.read("m.lora_B.weight", {});
  const auto merged = kWeights.read("m.weight", {}) + 3 * b.matmul(a);
  const auto x = at::rand({2, 5, 4}, at::kDouble);
  EXPECT_TRUE(at::allclose(linear(x), at::linear(x, merged, kWeights.read("m.bias", {})), 1e-12, 1e-12));
}

TEST(LoraLinear, DropoutOnlyWhileGradientsAreRecorded) {
  ParameterStore store;
  const EveryLinear dropping({.lora = LoraSpec{.rank = 2, .dropout = 0.5}, .trained = &kAdapter});
  const auto linear = Scope(kWeights, at::dtype(at::kFloat), store, &dropping).linear("m", {4, 3});
  const auto x = at::ones({64, 4});
  EXPECT_FALSE(linear(x).equal(linear(x)));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(linear(x).equal(linear(x)));
}

TEST(LoraLinear, AWrongRankIsReportedWithTensorAndShapes) {
  ParameterStore store;
  const EveryLinear wrong({.lora = LoraSpec{.rank = 3}, .trained = &kAdapter});
  EXPECT_ERROR(Scope(kWeights, at::dtype(at::kFloat), store, &wrong).linear("m", {4, 3}), ErrorKind::kData,
               "m.lora_A.weight", "[2, 4]", "[3, 4]");
}

}  // namespace
}  // namespace llama32med
