// For tests of our CUDA kernels against their expressions on the CPU. Skipped where the kernels are not loaded.
#pragma once
#include <ATen/ops/arange.h>

#include "cuda_model.h"
#include "llama32med/kernels/ops.h"

namespace llama32med::test {

class CudaKernels : public Cuda {
 protected:
  void SetUp() override {
    Cuda::SetUp();
    if (!IsSkipped() && !kernels::has_own_kernels(gpu())) GTEST_SKIP() << load_gpu_backend().reason;
  }
};

inline constexpr auto kTypes = {at::kFloat, at::kHalf, at::kBFloat16};

inline Tolerance rounding(at::ScalarType type) { return type == at::kFloat ? kKernels32 : kKernels16; }
inline Tolerance gradient_rounding(at::ScalarType type) { return type == at::kFloat ? kGradients32 : kKernels16; }

inline at::Tensor numbers(at::IntArrayRef shape, double step, at::ScalarType type) {
  return (at::arange(c10::multiply_integers(shape), at::kDouble) * step).sin().mul(3).view(shape).to(type);
}

}  // namespace llama32med::test
