// Launch of RoPE's rotation (llama32med/kernels/ops.h). The gradient is the rotation by the negated angle.
#pragma once
#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

struct RotateLaunch {
  const void* x;           // [B, H, L, d], last dimension contiguous
  const float *cos, *sin;  // [B, L, d/2]
  void* out;               // [B, H, L, d]
  std::int64_t batch, heads, length, half;
  std::int64_t batch_stride, head_stride, row_stride;  // strides of x, in elements
  float direction;                                     // 1, or -1 for the gradient
};
cudaError_t launch_rotate(Float type, const RotateLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
