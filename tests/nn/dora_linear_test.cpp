#include "llama32med/nn/dora_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include "llama32med/nn/scope.h"
#include "support/map_weights.h"

namespace llama32med {
namespace {

class Dora final : public LinearChooser {
 public:
  Dora(const WeightSource* trained, double dropout) : trained_(trained), dropout_(dropout) {}
  LinearChoice choose(const std::string&) const override {
    return {.lora = LoraSpec{.rank = 2, .scale = 3, .dropout = dropout_, .kind = LoraKind::kDora}, .trained = trained_};
  }

 private:
  const WeightSource* trained_;
  double dropout_;
};

const test::MapWeights kWeights({{"m.weight", at::rand({3, 4}, at::kDouble) - 0.5},
                                 {"m.bias", at::rand({3}, at::kDouble)}});
const test::MapWeights kTrained({{"m.lora_A.weight", at::rand({2, 4}, at::kDouble)},
                                 {"m.lora_B.weight", at::rand({3, 2}, at::kDouble)},
                                 {"m.lora_magnitude_vector", at::rand({3}, at::kDouble)}});

struct Built {
  explicit Built(const WeightSource* trained, double dropout = 0)
      : chooser(trained, dropout),
        linear(Scope(kWeights, at::dtype(at::kDouble), store, &chooser).linear("m", {4, 3, Bias::kPresent})) {}
  at::Tensor operator[](const std::string& name) const {
    for (const auto& parameter : store.all())
      if (parameter.name == "m." + name) return parameter.value;
    return {};
  }
  ParameterStore store;
  Dora chooser;
  Linear linear;
};

// The adapted weight, equation 5 in the paper.
at::Tensor merged(const Built& m) {
  const auto v = m["weight"] + 3 * m["lora_B.weight"].matmul(m["lora_A.weight"]);
  return m["lora_magnitude_vector"].unsqueeze(1) * v / v.norm(2, {1}, true).detach();
}

TEST(DoraLinear, AFreshAdapterChangesNothingAndItsMagnitudesAreTheRowNorms) {
  const Built fresh(nullptr);
  const auto x = at::rand({5, 4}, at::kDouble);
  EXPECT_TRUE(at::allclose(fresh.linear(x), at::linear(x, fresh["weight"], fresh["bias"]), 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(fresh["lora_magnitude_vector"], fresh["weight"].norm(2, {1}), 1e-12, 1e-12));
  EXPECT_EQ(fresh.store.all().back().kind, ParameterKind::kAdapter);
}

TEST(DoraLinear, EqualsTheEquationAndItsGradientWithAConstantNorm) {
  const Built m(&kTrained), same(&kTrained);
  const auto x = at::rand({2, 5, 4}, at::kDouble);
  m.linear(x);
  for (const auto* built : {&m, &same})
    for (const auto& parameter : built->store.all()) parameter.value.set_requires_grad(true);
  const auto ours = m.linear(x), theirs = at::linear(x, merged(same), same["bias"]);
  EXPECT_TRUE(at::allclose(ours, theirs, 1e-12, 1e-12));
  ours.square().sum().backward();
  theirs.square().sum().backward();
  for (const auto* name : {"lora_A.weight", "lora_B.weight", "lora_magnitude_vector", "bias", "weight"})
    EXPECT_TRUE(at::allclose(m[name].grad(), same[name].grad(), 1e-10, 1e-10)) << name;
}

TEST(DoraLinear, FollowsChangesOfItsFactors) {
  const Built m(&kTrained);
  const auto x = at::rand({5, 4}, at::kDouble);
  m.linear(x);
  {
    const at::NoGradGuard no_grad;
    m["lora_B.weight"].mul_(2);
    m["lora_magnitude_vector"].add_(1);
  }
  EXPECT_TRUE(at::allclose(m.linear(x), at::linear(x, merged(m), m["bias"]), 1e-12, 1e-12));
}

TEST(DoraLinear, DropoutOnlyWhileGradientsAreRecorded) {
  const Built m(&kTrained, 0.5);
  const auto x = at::ones({64, 4}, at::kDouble);
  EXPECT_FALSE(m.linear(x).equal(m.linear(x)));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::allclose(m.linear(x), at::linear(x, merged(m), m["bias"]), 1e-12, 1e-12));
}

}  // namespace
}  // namespace llama32med
