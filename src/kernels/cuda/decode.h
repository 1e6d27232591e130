// Launches of the kernels for decoding (llama32med/kernels/decode_ops.h), see launch.h.
#pragma once
#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

struct AddRmsNormLaunch {
  const void *x, *branch;
  const void* gate;  // one value, or null
  const void* weight;
  void *sum, *normed;
  std::int64_t rows, width;
  float eps;
};
cudaError_t launch_add_rms_norm(Float type, const AddRmsNormLaunch& job, cudaStream_t stream);

struct Strides {  // strides of [B, H, L, d] in elements; the last dimension is contiguous
  std::int64_t batch, head, row;
};

struct RotateAppendLaunch {
  const void *q, *k, *v;
  Strides q_strides, k_strides, v_strides;
  const float *cos, *sin;         // [B, L, d/2]
  const std::int64_t* positions;  // [B, L]
  void* rotated;                  // [B, H, L, d]
  void *keys, *values;            // [B, Hkv, C, d]
  std::int64_t batch, heads, key_heads, length, half, capacity;
};
cudaError_t launch_rotate_append(Float type, const RotateAppendLaunch& job, cudaStream_t stream);

struct SiluMulHalvesLaunch {
  const void* gate_up;  // rows of [gate | up]
  void* out;            // [rows, width]
  std::int64_t rows, width, row_stride;
};
cudaError_t launch_silu_mul_halves(Float type, const SiluMulHalvesLaunch& job, cudaStream_t stream);

struct SiluMulHalvesGradientLaunch {
  const void *gradient, *gate_up;  // [rows, width], rows of [gate | up]
  void* out;                       // rows of [gradient of gate | gradient of up]
  std::int64_t rows, width;
};
cudaError_t launch_silu_mul_halves_gradient(Float type, const SiluMulHalvesGradientLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
