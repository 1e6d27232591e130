// One AdamW update (train/adamw.h) of tensors whose moments are stored in 8 bits (src/train/eight_bit.h). The kernel
// reads the codes, updates moments and tensor in fp32, finds the new scale of each block and writes codes again: one
// pass over memory for up to 48 tensors. Every operation is rounded as libtorch's fused AdamW on the CPU and
// eight_bit.cpp round it.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med::kernels {

inline constexpr std::int64_t kEightBitBlock = 256;

struct EightBitMap {
  at::Tensor values;   // fp32 [256], ascending
  at::Tensor borders;  // fp32 [255], the middles between them
};

struct EightBitMaps {
  EightBitMap m, v;
};

struct EightBitTensor {
  at::Tensor value, gradient;       // fp32, contiguous
  at::Tensor m, v;                  // U8, one code per element
  at::Tensor m_largest, v_largest;  // fp32, one per block of 256
};

struct AdamWRates {
  double learning_rate, beta1, beta2, eps, weight_decay;
  std::int64_t steps;  // including this one
};

// Whether the kernel is there for the device of the value, and takes a tensor like this.
bool eight_bit_adamw_serves(const at::Tensor& value, const at::Tensor& gradient);
// Changes all but the gradients in place; the version counters of the tensors stay as they are.
void eight_bit_adamw(const std::vector<EightBitTensor>& tensors, const EightBitMaps& maps, const AdamWRates& rates);

}  // namespace llama32med::kernels
