// For tests of our CUDA kernels against their expressions on the CPU. Skipped where the kernels are not loaded.
#pragma once
#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include "cuda_model.h"
#include "llama32med/kernels/ops.h"

namespace llama32med::test {

class CudaKernels : public Cuda {
 protected:
  void SetUp() override {
    Cuda::SetUp();
    at::set_num_threads(1);  // the expressions are too small to be shared
    if (!IsSkipped() && !kernels::has_own_kernels(gpu())) GTEST_SKIP() << load_gpu_backend().reason;
  }
};

inline constexpr auto kTypes = {at::kFloat, at::kHalf, at::kBFloat16};

inline Tolerance rounding(at::ScalarType type) { return type == at::kFloat ? kKernels32 : kKernels16; }
inline Tolerance gradient_rounding(at::ScalarType type) { return type == at::kFloat ? kGradients32 : kKernels16; }

// A 16-bit result with the roundings of its expression has the same bits, except where sums that were added in another
// order fall to two sides of a tie.
inline void expect_same_roundings(const std::string& name, const at::Tensor& ours, const at::Tensor& expected) {
  if (expected.scalar_type() == at::kFloat) return;
  const auto different = ours.cpu().ne(expected).sum().item<std::int64_t>();
  EXPECT_LE(different, 1 + expected.numel() / 50) << name << ": of " << expected.numel();
}

// The result of a kernel and that of its expression.
inline void expect_rounded(const std::string& name, const at::Tensor& ours, const at::Tensor& expected) {
  expect_close(name, ours, expected, rounding(expected.scalar_type()));
  expect_same_roundings(name, ours, expected);
}

// The same values, contiguous, at an address that is not a multiple of 16.
inline at::Tensor unaligned(const at::Tensor& x) {
  const auto room = at::empty({x.numel() + 1}, x.options());
  return room.narrow(0, 1, x.numel()).view(x.sizes()).copy_(x);
}

inline at::Tensor numbers(at::IntArrayRef shape, double step, at::ScalarType type) {
  return (at::arange(c10::multiply_integers(shape), at::kDouble) * step).sin().mul(3).view(shape).to(type);
}

}  // namespace llama32med::test
