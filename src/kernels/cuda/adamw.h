// Launch of AdamW with 8-bit moments (llama32med/kernels/adamw.h).
#pragma once
#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

inline constexpr int kThreadsPerBlock = 256;  // one per code of a block

struct EightBitTensorLaunch {
  float* value;
  const float* gradient;
  std::uint8_t *m, *v;           // [count]
  float *m_largest, *v_largest;  // [ceil(count / 256)]
  std::int64_t count;
  std::int64_t first_block;  // within the launch
};

// The arguments of a kernel may take 4 KB.
inline constexpr int kTensorsPerLaunch = 48;

struct EightBitAdamWLaunch {
  EightBitTensorLaunch tensors[kTensorsPerLaunch];
  int tensor_count;
  std::int64_t block_count;
  const float *m_values, *m_borders, *v_values, *v_borders;
  // In the order of the update, each rounded from fp64:
  float kept;            // 1 - learning_rate * weight_decay
  float m_rate, v_rate;  // 1 - beta1, 1 - beta2
  float v_kept;          // beta2
  float v_correction;    // sqrt(1 - beta2^t)
  float eps;
  float step_size;  // learning_rate / (1 - beta1^t)
};
static_assert(sizeof(EightBitAdamWLaunch) <= 4096);
cudaError_t launch_eight_bit_adamw(const EightBitAdamWLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
