// What our kernels save: launches per operation, forward and backward, counted.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "device/counting/counting_device.h"
#include "llama32med/kernels/ops.h"
#include "llama32med/nn/nf4_linear.h"
#include "llama32med/train/adamw.h"

namespace llama32med::test {
namespace {

using counting::count;
using counting::Counts;
using ByName = Counts::ByName;

at::Tensor on_device(at::IntArrayRef shape) { return at::randn(shape).to(counting::device(), at::kBFloat16); }
at::Tensor leaf(at::IntArrayRef shape) { return on_device(shape).set_requires_grad(true); }

// Forward and backward, without the copies that hand a gradient to a leaf.
template <class Operation>
ByName kernels_of(const Operation& operation) {
  auto names = count([&] {
                 const auto y = operation();
                 y.backward(y.detach());
               }).by_operator;
  std::erase_if(names, [](const auto& entry) { return entry.first.starts_with("copy"); });
  return names;
}

TEST(KernelLaunches, OneForwardAndOneBackward) {
  const auto x = leaf({3, 64}), up = leaf({3, 64}), weight = on_device({64});
  EXPECT_EQ(kernels_of([&] { return kernels::rms_norm(x, weight, 1e-5); }),
            (ByName{{"rms_norm_kernel", 1}, {"rms_norm_gradient_kernel", 1}}));
  x.mutable_grad().reset();
  EXPECT_EQ(kernels_of([&] { return kernels::silu_mul(x, up); }),
            (ByName{{"silu_mul_kernel", 1}, {"silu_mul_gradient_kernel", 1}}));
  const auto heads = leaf({2, 3, 5, 8});
  const auto angle = at::randn({2, 1, 5, 4});
  const auto cos = angle.cos().to(counting::device()), sin = angle.sin().to(counting::device());
  EXPECT_EQ(kernels_of([&] { return kernels::rotate(heads, cos, sin); }), (ByName{{"rotate_kernel", 2}}));
}

TEST(KernelLaunches, AQuantizedLinearLayer) {
  const Nf4Linear linear(quantize_nf4(at::randn({32, 64})).to(counting::device()), {}, at::kBFloat16);
  const auto few = on_device({kernels::kMatvecRows, 64}), many = on_device({kernels::kMatvecRows + 1, 64});
  EXPECT_EQ(count([&] { linear.forward(few); }).by_operator, (ByName{{"nf4_matvec_words_kernel", 1}}));
  EXPECT_EQ(count([&] { linear.forward(many); }).by_operator.at("nf4_dequantize_kernel"), 1);
  const auto x = leaf({1, 64});
  EXPECT_EQ(kernels_of([&] { return linear.forward(x); }).at("nf4_dequantize_kernel"), 2);
}

TEST(KernelLaunches, ManyTensorsWith8BitStatesInOneUpdate) {
  std::vector<TrainedTensor> tensors;
  for (int i = 0; i < 96; ++i)
    tensors.push_back({std::to_string(i), at::randn({4096}).to(counting::device()).set_requires_grad(true), 1e-3, 0.1});
  AdamW optimizer(tensors, {.states = OptimizerStates::k8bit});
  for (const auto& tensor : tensors) tensor.value.mutable_grad() = at::randn({4096}).to(counting::device());
  const auto counts = count([&] { optimizer.step(1); });
  EXPECT_EQ(counts.by_operator, (ByName{{"eight_bit_adamw_kernel", 2}}));
  EXPECT_EQ(counts.waits, 0);
}

}  // namespace
}  // namespace llama32med::test
