// AdamW with 8-bit states: the kernel against the chain of operators on the CPU. libtorch's vectorized loop takes 16
// elements at a time and rounds the rest of a tensor in other places, so bits are equal for multiples of 16.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "cuda_kernels.h"
#include "llama32med/kernels/adamw.h"
#include "llama32med/train/adamw.h"

namespace llama32med::test {
namespace {

struct Trained {
  std::vector<TrainedTensor> tensors;
  std::unique_ptr<AdamW> optimizer;
};

// Whole blocks, partial blocks, more tensors than a launch takes, one with fp32 states, another rate, and one without
// a gradient.
Trained trained_on(const at::Device& device, at::ScalarType type) {
  at::manual_seed(3);
  Trained made;
  const auto add = [&](const std::string& name, at::IntArrayRef shape, double rate) {
    const auto value = at::randn(shape).to(type).to(device).set_requires_grad(true);
    made.tensors.push_back({name, value, rate, 0.1});
  };
  add("whole", {16, 256}, 1e-2);
  add("partial", {73, 64}, 1e-2);
  add("small", {5}, 1e-2);
  for (int i = 0; i < 50; ++i) add("many " + std::to_string(i), {4096 + 16 * i}, 1e-2);
  add("slow", {4112}, 1e-3);
  add("idle", {4112}, 1e-3);
  add("odd", {4099}, 1e-3);
  made.optimizer = std::make_unique<AdamW>(made.tensors, AdamWConfig{.states = OptimizerStates::k8bit});
  return made;
}

void step(Trained& trained, int number) {
  at::manual_seed(static_cast<std::uint64_t>(10 + number));
  for (const auto& tensor : trained.tensors) {
    auto gradient = at::randn(tensor.value.sizes()).pow(3);
    if (tensor.name == "partial") gradient.narrow(0, 0, 10).zero_();  // whole blocks of zeros
    if (tensor.name != "idle") tensor.value.mutable_grad() = gradient.to(tensor.value.options().requires_grad(false));
  }
  trained.optimizer->step(1, number == 1 ? 0.5 : 1);
}

// "small" is left to libtorch's fused kernel, whose roundings differ between the CPU and CUDA.
void expect_equal_states(const Trained& ours, const Trained& expected) {
  const auto theirs = expected.optimizer->state();
  for (const auto& [name, tensor] : ours.optimizer->state()) {
    if (name.starts_with("small."))
      expect_close(name, tensor.cpu(), theirs.at(name), kFusedAdamW32);
    else
      EXPECT_TRUE(name.starts_with("odd.") || tensor.cpu().equal(theirs.at(name))) << name;
  }
  for (std::size_t i = 0; i + 1 < ours.tensors.size(); ++i) {
    const auto& value = expected.tensors[i].value;
    if (ours.tensors[i].name == "small")
      expect_close("small", ours.tensors[i].value, value,
                   value.scalar_type() == at::kFloat ? kFusedAdamW32 : kKernels16);
    else
      EXPECT_TRUE(ours.tensors[i].value.cpu().equal(value)) << ours.tensors[i].name;
  }
  for (const auto* part : {"odd.m", "odd.v"}) {
    const auto gap = (ours.optimizer->state().at(part).cpu().to(at::kInt) - theirs.at(part).to(at::kInt)).abs();
    EXPECT_LE(gap.max().item<int>(), 1) << part;
    EXPECT_LE(gap.sum().item<int>(), 4) << part;
  }
  const auto& odd = expected.tensors.back().value;
  expect_close("odd", ours.tensors.back().value, odd, odd.scalar_type() == at::kFloat ? kOptimizer32 : kKernels16);
}

TEST_F(CudaKernels, EightBitAdamWGivesTheBitsOfTheOperators) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    auto ours = trained_on(gpu(), type), expected = trained_on(at::kCPU, type);
    for (int number = 0; number < 2; ++number) {
      const auto before = ours.tensors[0].value._version();
      step(ours, number), step(expected, number);
      EXPECT_GT(ours.tensors[0].value._version(), before);
    }
    expect_equal_states(ours, expected);
  }
}

// Tensors of a state may have room behind them; these have none.
TEST_F(CudaKernels, EightBitAdamWStaysWithinItsTensors) {
  const auto device = at::device(gpu());
  const auto codes = [&](std::int64_t count) { return at::full({count}, 127, device.dtype(at::kByte)); };
  const auto map = [&](std::int64_t count) { return (at::arange(count, at::kFloat) / 256).to(gpu()); };
  std::vector<kernels::EightBitTensor> tensors;
  for (const std::int64_t count : {1, 256, 300, 0, 513})
    tensors.push_back({at::ones({count}, device), at::ones({count}, device), codes(count), codes(count),
                       at::ones({(count + 255) / 256}, device), at::ones({(count + 255) / 256}, device)});
  const kernels::EightBitMap each{map(256), map(255) + 1.0 / 512};
  kernels::eight_bit_adamw(tensors, {each, each}, {1e-2, 0.9, 0.999, 1e-8, 0.1, 1});
  for (const auto& tensor : tensors) {
    EXPECT_TRUE((tensor.value < 1).all().item<bool>());
    EXPECT_TRUE((tensor.m == 255).all().item<bool>());
  }
}

TEST_F(CudaKernels, EightBitAdamWKeepsNaN) {
  auto ours = trained_on(gpu(), at::kFloat), expected = trained_on(at::kCPU, at::kFloat);
  for (auto* trained : {&ours, &expected}) {
    const auto& value = trained->tensors[0].value;
    auto gradient = at::zeros(value.sizes());
    gradient[3][4] = std::numeric_limits<float>::quiet_NaN();
    value.mutable_grad() = gradient.to(value.device());
    trained->optimizer->step(1);
  }
  const auto finite = [](const Trained& trained) { return trained.tensors[0].value.cpu().isfinite(); };
  EXPECT_TRUE(finite(ours).equal(finite(expected)));
  EXPECT_TRUE(ours.optimizer->state().at("whole.m").cpu().equal(expected.optimizer->state().at("whole.m")));
}

}  // namespace
}  // namespace llama32med::test
