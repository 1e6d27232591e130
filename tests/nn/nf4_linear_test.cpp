// Forward and backward of a 4-bit linear layer, how a Scope chooses it, and what is kept in memory between the passes.
#include "llama32med/nn/nf4_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <atomic>

#include "llama32med/nn/nf4_checkpoint.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/nn/scope.h"
#include "support/counting_allocator.h"
#include "support/cpu_quantized.h"
#include "support/expect_error.h"
#include "support/golden_case.h"
#include "support/map_weights.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

class Stored final : public LinearChooser {
 public:
  explicit Stored(WeightStorage storage) : choice_{.storage = storage} {}
  LinearChoice choose(const std::string&) const override { return choice_; }

 private:
  LinearChoice choice_;
};

TEST(Nf4Linear, ForwardEqualsBitsandbytes) {
  const test::Golden golden("nf4");
  const auto packed = test::quantize_as_cpu(golden["made/bf16_200x192/weight"]);
  for (const auto& [type, suffix] : {std::pair{at::kFloat, "float32"}, std::pair{at::kBFloat16, "bfloat16"}}) {
    const auto y = Nf4Linear(packed, {}, type).forward(golden[std::string("linear/x.") + suffix]);
    EXPECT_EQ(y.scalar_type(), type);
    test::expect_close(suffix, y, golden[std::string("linear/y.") + suffix],
                       type == at::kFloat ? test::kKernels32 : test::kKernels16);
  }
}

TEST(Nf4Linear, GradientsEqualThoseOfTheDenseWeight) {
  const auto packed = quantize_nf4(at::randn({24, 40}));
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{7, 40}, {2, 3, 40}})
    for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16}) {
      const auto x = at::randn(shape).to(type).requires_grad_(), bias = at::randn({24}).to(type).requires_grad_();
      const auto other_x = x.detach().clone().requires_grad_(), other_bias = bias.detach().clone().requires_grad_();
      const auto ours = Nf4Linear(packed, bias, type).forward(x);
      const auto dense = at::linear(other_x, dequantize(packed, type), other_bias);
      EXPECT_TRUE(ours.equal(dense));
      const auto gradient = at::randn_like(ours);
      ours.backward(gradient), dense.backward(gradient);
      EXPECT_TRUE(x.grad().equal(other_x.grad()));
      test::expect_close("bias", bias.grad(), other_bias.grad(),
                         type == at::kBFloat16 ? test::kKernels16 : test::kKernels32);
    }
}

TEST(Nf4Linear, WithoutABiasOrAGradientForXNothingIsRecorded) {
  const Nf4Linear linear(quantize_nf4(at::randn({8, 64})), {}, at::kFloat);
  EXPECT_FALSE(linear.forward(at::randn({2, 64})).requires_grad());
  const auto x = at::randn({2, 64}).requires_grad_();
  linear.forward(x).sum().backward();
  EXPECT_TRUE(x.grad()[0].equal(x.grad()[1]));
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(linear.forward(x).requires_grad());
}

TEST(Nf4Linear, NothingDenseLivesBetweenForwardAndBackward) {
  constexpr std::int64_t kSide = 512;
  test::CountingAllocator memory;
  {
    const Nf4Linear linear(quantize_nf4(at::randn({kSide, kSide})), {}, at::kFloat);
    const auto x = at::randn({1, kSide}).requires_grad_();
    const auto before = memory.live();
    const auto y = linear.forward(x);
    EXPECT_EQ(memory.live() - before, kSide * sizeof(float));  // only y; W is 1 MiB
    y.sum().backward();
    EXPECT_LT(memory.live() - before, 4 * kSide * sizeof(float));
  }
  EXPECT_EQ(memory.live(), 0u);
}

TEST(Nf4Scope, QuantizesWhileLoadingAndRecordsThePackedTensors) {
  const test::MapWeights weights({{"m.weight", at::randn({48, 128})}, {"m.bias", at::randn({48})}});
  for (const auto storage : {WeightStorage::kNf4, WeightStorage::kNf4WideScales}) {
    const Stored packed(storage);
    ParameterStore store;
    const auto linear = Scope(weights, at::dtype(at::kFloat), store, &packed).linear("m", {128, 48, Bias::kPresent});
    const bool nested = storage == WeightStorage::kNf4;
    const auto kept = quantize_nf4(weights.read("m.weight", {}),
                                   {.scales = nested ? DoubleQuantization::kOn : DoubleQuantization::kOff});
    const auto x = at::randn({3, 128});
    EXPECT_TRUE(linear(x).equal(at::linear(x, dequantize(kept, at::kFloat), weights.read("m.bias", {}))));
    EXPECT_EQ(store.all().size(), nested ? 7u : 5u);
    EXPECT_EQ(store.all()[0].name, "m.weight");
    EXPECT_EQ(store.all()[0].kind, ParameterKind::kPacked);
    EXPECT_EQ(store.count(), 48 * 128 + 48);
    EXPECT_LT(store.bytes(), 48 * 128 + 48 * 4);
    store.require_gradients();
    for (const auto& parameter : store.all())
      EXPECT_EQ(parameter.value.requires_grad(), parameter.name == "m.bias") << parameter.name;
  }
}

TEST(Nf4Scope, AWeightThatCannotBeQuantizedIsNamed) {
  const test::MapWeights weights({{"m.weight", at::zeros({4, 64}) / 0}, {"n.weight", at::randn({4, 64})}});
  const Stored packed(WeightStorage::kNf4);
  ParameterStore store;
  const Scope scope(weights, at::dtype(at::kFloat), store, &packed);
  EXPECT_ERROR(scope.linear("m", {64, 4}), ErrorKind::kData, "m.weight", "NaN or infinity");
  EXPECT_ERROR(scope.linear("n", {4, 64}), ErrorKind::kData, "n.weight", "[4, 64]", "[64, 4]");
}

TEST(QuantizeConfig, SkipsTheHeadAndOnRequestTheVisionEncoder) {
  const ModelNames names({},
                         {{Part::kVision, "vision_model", ""},
                          {Part::kProjector, "multi_modal_projector", ""},
                          {Part::kText, "language_model", ""}},
                         "language_model.lm_head");
  EXPECT_FALSE(storage_choice({}, names));
  const QuantizeConfig all{.weights = Quantize::kNf4};
  EXPECT_EQ(storage_of(all, names, "language_model.lm_head"), WeightStorage::kDense);
  EXPECT_EQ(storage_of(all, names, "vision_model.transformer.layers.0.mlp.fc1"), WeightStorage::kNf4);
  EXPECT_EQ(storage_of(all, names, "multi_modal_projector"), WeightStorage::kNf4);
  const QuantizeConfig text{.weights = Quantize::kNf4, .vision = false, .double_quantization = false};
  EXPECT_EQ(storage_of(text, names, "vision_model.transformer.layers.0.mlp.fc1"), WeightStorage::kDense);
  EXPECT_EQ(storage_choice(text, names)("language_model.model.layers.0.mlp.up_proj"), WeightStorage::kNf4WideScales);
}

}  // namespace
}  // namespace llama32med
