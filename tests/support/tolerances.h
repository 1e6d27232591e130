// The table of numerical tolerances. Tests never define their own.
//
// Reason for the fp32 rows: two public implementations agree to a third of these on three checkpoints; the cheapest
// common mistake (a wrong vision eps) changes a logit by 3e-4 (tests/golden/README.md).
#pragma once
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <string>

namespace llama32med::test {

struct Tolerance {
  double absolute;
  double of_largest = 0;  // plus this fraction of the reference's largest value
};

inline constexpr Tolerance kStates32{2e-5};  // vision output, projector, hidden states, logits; values to 8
inline constexpr Tolerance kPixels32{5e-7};  // after normalizing
inline constexpr Tolerance kLoss32{5e-6};
inline constexpr Tolerance kGradients32{1e-6, 1e-4};   // a scalar gate sums thousands of products
inline constexpr Tolerance kGradientsAtMost32{2e-5};   // upper limit of the above
inline constexpr Tolerance kAdapterGradients32{1e-5};  // A and B: the references agree to 1.2e-6, values up to 0.7
inline constexpr Tolerance kLaws64{1e-10};             // exact laws in fp64: only rounding
inline constexpr Tolerance kLaws32{1e-5};              // the same in fp32
inline constexpr Tolerance kOptimizer32{0, 4e-7};      // a few updates: fused or unfused products
// libtorch rounds 1 - beta2 to fp32 on CUDA: 1.3e-5 between an H100 and a CPU after two updates
inline constexpr Tolerance kFusedAdamW32{0, 5e-5};
inline constexpr Tolerance kTrained32{1e-5};  // adapters after ten steps: the references agree to 2.1e-6, values to 0.2
inline constexpr Tolerance kKernels32{0, 2e-6};      // a kernel and its expression sum in different orders
inline constexpr Tolerance kKernels16{0, 1.0 / 64};  // two roundings that differ, in bf16
// logits of size 4: single 8-bit scales one step off (0.4 % of 64 weights)
inline constexpr Tolerance kNf4NearTies{1e-3};
inline constexpr double kLogitsRms16 = 0.03;  // bf16 logits of size 4, as the references differ
inline constexpr double kLogitsMax16 = 0.2;

// Reports the largest difference and its position on failure.
void expect_close(const std::string& name, const at::Tensor& ours, const at::Tensor& reference, Tolerance tolerance);

}  // namespace llama32med::test
