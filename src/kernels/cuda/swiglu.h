// Launches of silu(gate) * up (llama32med/kernels/ops.h) and of its gradient.
#pragma once
#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

struct SiluMulLaunch {
  const void *gate, *up;
  void* out;
  std::int64_t count;
};
cudaError_t launch_silu_mul(Float type, const SiluMulLaunch& job, cudaStream_t stream);

struct SiluMulGradientLaunch {
  const void *gradient, *gate, *up;
  void *of_gate, *of_up;
  std::int64_t count;
};
cudaError_t launch_silu_mul_gradient(Float type, const SiluMulGradientLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
