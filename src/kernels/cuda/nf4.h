// Launches for weights in 4 bits (llama32med/kernels/nf4.h).
#pragma once
#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

// Divides by a shift if it can: a division of 64-bit integers takes longer than the rest of a thread's work.
struct Divisor {
  std::int64_t by;
  int shift;  // log2(by), or -1
};

struct Nf4Codes {
  const std::uint8_t* codes;
  const void* absmax;          // fp32, or U8 with double quantization
  const float* levels;         // [16]
  const float* nested_absmax;  // null without double quantization
  const float* nested_levels;  // [256]
  float offset;
  Divisor block, nested_block;
};

struct Nf4DequantizeLaunch {
  Nf4Codes weight;
  void* out;  // [count]
  std::int64_t count;
};
cudaError_t launch_nf4_dequantize(Float type, const Nf4DequantizeLaunch& job, cudaStream_t stream);

struct Nf4MatvecLaunch {
  Nf4Codes weight;  // [outputs, inputs]
  const void* x;    // [rows, inputs]
  void* out;        // [rows, outputs]
  std::int64_t rows, inputs, outputs;
};
// Codes and scales of a weight; middles[i] separates levels i and i + 1.
struct Nf4QuantizeLaunch {
  const void* weight;   // [count]
  std::uint8_t* codes;  // [ceil(count / 2)]
  float* absmax;        // [blocks]
  std::int64_t count, block, blocks;
  float middles[15];
};
cudaError_t launch_nf4_quantize(Float type, const Nf4QuantizeLaunch& job, cudaStream_t stream);

inline constexpr std::int64_t kMostMatvecRows = 16;
cudaError_t launch_nf4_matvec(Float type, const Nf4MatvecLaunch& job, cudaStream_t stream);

}  // namespace llama32med::kernels
