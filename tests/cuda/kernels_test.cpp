// Our CUDA kernels against their expressions on the CPU, for every type and for sizes that do not fill a 16-byte load.
#include <gtest/gtest.h>

#include "cuda_kernels.h"

namespace llama32med::test {
namespace {

TEST_F(CudaKernels, RmsNorm) {
  const std::vector<std::vector<std::int64_t>> shapes = {{1, 4096},   {64, 4096}, {3, 7},
                                                         {2, 5, 128}, {9, 12},    {2, 2, 3, 1030}};
  for (const auto type : kTypes)
    for (const auto& shape : shapes) {
      const auto x = numbers(shape, 0.37, type), weight = numbers({shape.back()}, 0.91, type);
      expect_rounded(c10::toString(type), kernels::rms_norm(x.to(gpu()), weight.to(gpu()), 1e-5),
                     kernels::rms_norm(x, weight, 1e-5));
    }
}

TEST_F(CudaKernels, RmsNormOfUnalignedRows) {  // not 16-byte aligned and not contiguous
  const auto wide = numbers({6, 33}, 0.37, at::kBFloat16), weight = numbers({32}, 0.91, at::kBFloat16);
  const auto x = wide.narrow(1, 1, 32), on_gpu = wide.to(gpu()).narrow(1, 1, 32);
  expect_close("strided", kernels::rms_norm(on_gpu, weight.to(gpu()), 1e-5), kernels::rms_norm(x, weight, 1e-5),
               kKernels16);
  const auto one = wide.view({-1}).narrow(0, 1, 32), one_on_gpu = wide.to(gpu()).view({-1}).narrow(0, 1, 32);
  expect_close("unaligned", kernels::rms_norm(one_on_gpu, weight.to(gpu()), 1e-5), kernels::rms_norm(one, weight, 1e-5),
               kKernels16);
}

TEST_F(CudaKernels, RotateRoundsLikeTheExpression) {
  for (const auto type : kTypes)
    for (const std::int64_t width : {2, 12, 128, 2048}) {
      // [2, 3, 5, d] with the strides of split_heads, and part of a longer text
      const auto wide = numbers({2, 7, 3, width}, 0.37, type);
      const auto part = [](const at::Tensor& text) { return text.narrow(1, 1, 5).transpose(1, 2); };
      const auto angle = numbers({2, 1, 5, width / 2}, 0.53, at::kFloat);
      const auto expected = kernels::rotate(part(wide), angle.cos(), angle.sin());
      const auto ours = kernels::rotate(part(wide.to(gpu())), angle.cos().to(gpu()), angle.sin().to(gpu()));
      EXPECT_TRUE(ours.cpu().equal(expected)) << type << " " << width;
    }
}

TEST_F(CudaKernels, SiluMul) {
  for (const auto type : kTypes)
    for (const std::int64_t count : {1, 8, 33, 14336}) {
      const auto gate = numbers({3, count}, 0.37, type) * 4, up = numbers({3, count}, 0.71, type);
      expect_rounded(c10::toString(type), kernels::silu_mul(gate.to(gpu()), up.to(gpu())), kernels::silu_mul(gate, up));
    }
}

TEST_F(CudaKernels, EmptyTensorsAreAllowed) {
  const auto x = numbers({0, 8}, 1, at::kFloat).to(gpu());
  EXPECT_EQ(kernels::rms_norm(x, numbers({8}, 1, at::kFloat).to(gpu()), 1e-5).numel(), 0);
  EXPECT_EQ(kernels::silu_mul(x, x).numel(), 0);
}

TEST_F(CudaKernels, Fp64UsesTheExpression) {
  const auto x = numbers({3, 16}, 0.37, at::kDouble), weight = numbers({16}, 0.91, at::kDouble);
  expect_close("fp64", kernels::rms_norm(x.to(gpu()), weight.to(gpu()), 1e-5), kernels::rms_norm(x, weight, 1e-5),
               kLaws64);
}

}  // namespace
}  // namespace llama32med::test
