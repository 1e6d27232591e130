// Gradients of our CUDA kernels against those of their expressions on the CPU.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <functional>

#include "cuda_kernels.h"

namespace llama32med::test {
namespace {

using Tensors = std::vector<at::Tensor>;
using Operation = std::function<at::Tensor(const Tensors&)>;

at::Tensor gradient_for(const at::Tensor& y) { return numbers(y.sizes(), 0.23, y.scalar_type()).to(y.device()); }

// The result of an operation and the gradients of its inputs, all on the device of the inputs.
Tensors with_gradients(const Operation& operation, Tensors inputs, const at::Device& device) {
  for (auto& input : inputs) input = input.to(device).detach().set_requires_grad(true);
  const auto y = operation(inputs);
  // with the strides of a transposed tensor, as attention hands it back
  y.backward(gradient_for(y).transpose(0, -1).contiguous().transpose(0, -1));
  Tensors all = {y.detach()};
  for (const auto& input : inputs) all.push_back(input.grad());
  return all;
}

void expect_gradients(const std::string& name, const Operation& operation, const Tensors& inputs) {
  const auto ours = with_gradients(operation, inputs, gpu()), expected = with_gradients(operation, inputs, at::kCPU);
  const auto type = inputs[0].scalar_type();
  expect_rounded(name + " result", ours[0], expected[0]);
  for (std::size_t i = 1; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i].scalar_type(), type) << name;
    const auto part = fmt::format("{} gradient {}", name, i - 1);
    expect_close(part, ours[i], expected[i], gradient_rounding(type));
    expect_same_roundings(part, ours[i], expected[i]);
  }
}

std::string label(at::ScalarType type, at::IntArrayRef shape) {
  return fmt::format("{} {}", c10::toString(type), fmt::join(shape, " "));
}

at::Tensor norm(const Tensors& inputs) { return kernels::rms_norm(inputs[0], inputs[1], 1e-5); }

at::Tensor gated(const Tensors& inputs) { return kernels::silu_mul(inputs[0], inputs[1]); }

TEST_F(CudaKernels, RmsNormGradients) {
  for (const auto type : kTypes)
    for (const auto& shape : std::vector<std::vector<std::int64_t>>{
             {1, 4096}, {3, 7}, {2, 5, 128}, {9, 12}, {2, 2, 3, 1030}, {6, 513}, {1, 1}})
      expect_gradients(label(type, shape), norm, {numbers(shape, 0.37, type), numbers({shape.back()}, 0.91, type)});
}

TEST_F(CudaKernels, RmsNormGradientsOfStridedRowsWithAFrozenWeight) {
  for (const auto type : kTypes) {
    const auto weight = numbers({32}, 0.91, type);
    const Operation strided = [&](const Tensors& inputs) {
      const auto& x = inputs[0];
      return kernels::rms_norm(x.narrow(1, 1, 32), weight.to(x.device()), 1e-5);
    };
    expect_gradients(label(type, {6, 33}), strided, {numbers({6, 33}, 0.37, type)});
  }
}

// One of the inputs, or the gradient of the result, is not aligned.
void expect_any_alignment(const Operation& operation, const Tensors& inputs) {
  const auto expected = with_gradients(operation, inputs, at::kCPU);
  for (std::size_t shifted = 0; shifted <= inputs.size(); ++shifted) {
    Tensors there;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto input = inputs[i].to(gpu());
      there.push_back((i == shifted ? unaligned(input) : input).detach().set_requires_grad(true));
    }
    const auto y = operation(there);
    const auto gradient = gradient_for(y);
    y.backward(shifted == inputs.size() ? unaligned(gradient) : gradient);
    expect_rounded("result", y.detach(), expected[0]);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      expect_close("gradient", there[i].grad(), expected[i + 1], gradient_rounding(y.scalar_type()));
  }
}

TEST_F(CudaKernels, InputsAndGradientsNeedNoAlignment) {
  for (const auto type : kTypes) {
    const auto x = numbers({3, 32}, 0.37, type);
    expect_any_alignment(norm, {x, numbers({32}, 0.91, type)});
    expect_any_alignment(gated, {x, numbers({3, 32}, 0.71, type)});
  }
}

TEST_F(CudaKernels, RotateGradientsRoundLikeTheExpression) {
  for (const auto type : kTypes)
    for (const std::int64_t width : {2, 12, 128, 2048}) {
      const auto angle = numbers({2, 1, 5, width / 2}, 0.53, at::kFloat);
      const Operation turn = [&](const Tensors& inputs) {
        const auto device = inputs[0].device();
        return kernels::rotate(inputs[0].narrow(1, 1, 5).transpose(1, 2), angle.cos().to(device),
                               angle.sin().to(device));
      };
      const Tensors inputs = {numbers({2, 7, 3, width}, 0.37, type)};
      const auto ours = with_gradients(turn, inputs, gpu()), expected = with_gradients(turn, inputs, at::kCPU);
      EXPECT_TRUE(ours[1].cpu().equal(expected[1])) << type << " " << width;
    }
}

TEST_F(CudaKernels, SiluMulGradients) {
  for (const auto type : kTypes)
    for (const std::int64_t count : {1, 8, 33, 14336})
      expect_gradients(label(type, {3, count}), gated,
                       {numbers({3, count}, 0.37, type) * 4, numbers({3, count}, 0.71, type)});
}

TEST_F(CudaKernels, GradientsOfEmptyTensors) {
  for (const auto type : kTypes) {
    const auto none = numbers({0, 8}, 1, type);
    expect_gradients("norm", norm, {none, numbers({8}, 1, type)});
    expect_gradients("gated", gated, {none, none});
  }
}

TEST_F(CudaKernels, AnInputWithoutAGradientGetsNone) {
  const auto gate = numbers({3, 16}, 0.37, at::kFloat).to(gpu()), up = gate.clone().set_requires_grad(true);
  kernels::silu_mul(gate, up).sum().backward();
  EXPECT_TRUE(up.grad().defined());
  EXPECT_FALSE(gate.grad().defined());
}

TEST_F(CudaKernels, Fp64GradientsUseTheExpression) {
  const Tensors inputs = {numbers({3, 16}, 0.37, at::kDouble), numbers({16}, 0.91, at::kDouble)};
  const auto ours = with_gradients(norm, inputs, gpu()), expected = with_gradients(norm, inputs, at::kCPU);
  for (std::size_t i = 0; i < ours.size(); ++i) expect_close("fp64", ours[i], expected[i], kLaws64);
}

}  // namespace
}  // namespace llama32med::test
