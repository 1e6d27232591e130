// The rotation of one row, for the kernel that only rotates and the one that also writes the cache.
#pragma once
#include "kernels/cuda/device.cuh"

namespace llama32med::kernels {

// The threads of a block rotate a row [2 half] by its angles; direction -1 rotates back. No fused multiply-add, so that
// it rounds like the libtorch expression.
template <class T>
__device__ void rotate_row(const T* in, T* out, const float* cos, const float* sin, std::int64_t half,
                           float direction) {
  for (std::int64_t i = threadIdx.x; i < half; i += blockDim.x) {
    const float first = static_cast<float>(in[i]), second = static_cast<float>(in[i + half]);
    const float along = cos[i], across = direction * sin[i];
    out[i] = static_cast<T>(__fsub_rn(__fmul_rn(first, along), __fmul_rn(second, across)));
    out[i + half] = static_cast<T>(__fadd_rn(__fmul_rn(second, along), __fmul_rn(first, across)));
  }
}

}  // namespace llama32med::kernels
