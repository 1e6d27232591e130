// The interface between nvcc and g++: no libtorch headers on this side (4 s per source instead of 86), no kernels on
// the other. Pointers refer to device memory of the given type, with contiguous rows unless strides are given. Launches
// are queued on `stream`; launch errors are returned.
#pragma once
#include <cuda_runtime_api.h>

#include <cstdint>

namespace llama32med::kernels {

enum class Float { k32, k16, kBf16 };

struct RmsNormLaunch {
  const void *x, *weight;
  void* out;
  std::int64_t rows, width;
  float eps;
};
cudaError_t launch_rms_norm(Float type, const RmsNormLaunch& job, cudaStream_t stream);

struct RotateLaunch {
  const void* x;           // [B, H, L, d], last dimension contiguous
  const float *cos, *sin;  // [B, L, d/2]
  void* out;               // [B, H, L, d]
  std::int64_t batch, heads, length, half;
  std::int64_t batch_stride, head_stride, row_stride;  // strides of x, in elements
};
cudaError_t launch_rotate(Float type, const RotateLaunch& job, cudaStream_t stream);

struct SiluMulLaunch {
  const void *gate, *up;
  void* out;
  std::int64_t count;
};
cudaError_t launch_silu_mul(Float type, const SiluMulLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
