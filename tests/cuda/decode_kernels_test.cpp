// The kernels for decoding against their expressions on the CPU, in every type and for sizes that fill no warp.
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "cuda_kernels.h"
#include "llama32med/kernels/decode_ops.h"

namespace llama32med::test {
namespace {

TEST_F(CudaKernels, AddRmsNorm) {
  const std::vector<std::vector<std::int64_t>> shapes = {{1, 4096}, {33, 1, 64}, {3, 7}, {2, 5, 130}, {9, 12}};
  for (const auto type : kTypes)
    for (const auto& shape : shapes)
      for (const bool gated : {false, true}) {
        const auto x = numbers(shape, 0.37, type), branch = numbers(shape, 0.71, type);
        const auto weight = numbers({shape.back()}, 0.91, type);
        const auto gate = gated ? at::tensor({0.3}, at::kDouble).to(type) : at::Tensor();
        const auto [sum, normed] = kernels::add_rms_norm(x, branch, gate, weight, 1e-5);
        const auto [our_sum, our_normed] =
            kernels::add_rms_norm(x.to(gpu()), branch.to(gpu()), gated ? gate.to(gpu()) : gate, weight.to(gpu()), 1e-5);
        EXPECT_TRUE(our_sum.cpu().equal(sum)) << type << " " << at::IntArrayRef(shape) << " gate " << gated;
        expect_rounded("norm", our_normed, normed);
      }
}

// q, k and v as views of one product [B, L, (H + 2 Hkv) d], or each contiguous.
kernels::HeadInputs heads_of(const at::Tensor& product, std::int64_t heads, std::int64_t key_heads) {
  const auto width = product.size(2) / (heads + 2 * key_heads);
  const auto part = [&](std::int64_t begin, std::int64_t count) {
    return product.narrow(2, begin * width, count * width).unflatten(2, {count, width}).transpose(1, 2);
  };
  return {part(0, heads), part(heads, key_heads), part(heads + key_heads, key_heads)};
}

struct Appended {
  at::Tensor q, keys, values;
};

Appended append(const at::Tensor& product, const at::Tensor& positions, const at::Device& device) {
  const auto angle = numbers({2, 1, 3, product.size(2) / 12}, 0.53, at::kFloat);
  const auto keys = at::full({2, 1, 11, product.size(2) / 6}, 7, at::device(device).dtype(product.scalar_type()));
  const auto values = keys.clone();
  const auto q =
      kernels::rotate_append(heads_of(product.to(device), 4, 1),
                             {angle.cos().to(device), angle.sin().to(device), positions.to(device), keys, values});
  return {q.cpu(), keys.cpu(), values.cpu()};
}

TEST_F(CudaKernels, RotateAppendRoundsLikeTheExpressionAndKeepsOtherSlots) {
  const auto positions = at::tensor({4, 5, 6, 0, 1, 2}, at::kLong).view({2, 3});  // rows of different lengths
  for (const auto type : kTypes)
    for (const std::int64_t width : {2, 12, 128}) {
      const auto product = numbers({2, 3, 6 * width}, 0.37, type);
      const auto ours = append(product, positions, gpu()), expected = append(product, positions, at::kCPU);
      EXPECT_TRUE(ours.q.equal(expected.q)) << type << " " << width;
      EXPECT_TRUE(ours.keys.equal(expected.keys)) << type << " " << width;
      EXPECT_TRUE(ours.values.equal(expected.values)) << type << " " << width;
      EXPECT_EQ(ours.keys[0][0][7].to(at::kFloat).min().item<float>(), 7);  // not written
    }
}

at::Tensor halves_and_gradient(const at::Tensor& gate_up, const at::Device& device) {
  const auto leaf = gate_up.to(device).detach().set_requires_grad(true);
  const auto y = kernels::silu_mul_halves(leaf);
  y.backward(numbers(y.sizes(), 0.23, y.scalar_type()).to(device));
  return leaf.grad();
}

TEST_F(CudaKernels, SiluMulOfHalvesAndItsGradient) {
  for (const auto type : kTypes)
    for (const std::int64_t width : {1, 8, 33, 1792}) {
      const auto gate_up = numbers({2, 3, 2 * width}, 0.37, type);
      expect_rounded("halves", kernels::silu_mul_halves(gate_up.to(gpu())), kernels::silu_mul_halves(gate_up));
      const auto ours = halves_and_gradient(gate_up, gpu()), expected = halves_and_gradient(gate_up, at::kCPU);
      expect_close("gradient", ours, expected, gradient_rounding(type));
      expect_same_roundings("gradient", ours, expected);
    }
}

TEST_F(CudaKernels, EmptyInputsOfDecodingAreAllowed) {
  const auto x = numbers({0, 8}, 1, at::kFloat).to(gpu()), weight = numbers({8}, 1, at::kFloat).to(gpu());
  EXPECT_EQ(kernels::add_rms_norm(x, x, {}, weight, 1e-5).first.numel(), 0);
  EXPECT_EQ(kernels::silu_mul_halves(x).numel(), 0);
}

}  // namespace
}  // namespace llama32med::test
