// Launches of RMSNorm (llama32med/kernels/ops.h) and of its gradient.
#pragma once
#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

struct RmsNormLaunch {
  const void *x, *weight;
  void* out;
  std::int64_t rows, width;
  float eps;
};
cudaError_t launch_rms_norm(Float type, const RmsNormLaunch& job, cudaStream_t stream);

struct RmsNormGradientLaunch {
  const void *gradient, *x, *weight;
  void* of_x;
  std::int64_t rows, width;
  float eps;
};
cudaError_t launch_rms_norm_gradient(Float type, const RmsNormGradientLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
