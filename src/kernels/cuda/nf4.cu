#include "kernels/cuda/device.cuh"
#include "kernels/cuda/nf4.h"

namespace llama32med::kernels {
namespace {

constexpr int kLevels = 16;

// kCount values that are loaded or stored at once.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount < 16 ? sizeof(T) * kCount : 16) Run {
  T at[kCount];
};

__device__ std::int64_t quotient(std::int64_t value, Divisor divisor) {
  return divisor.shift >= 0 ? value >> divisor.shift : value / divisor.by;
}

// Product and sum are rounded separately, as in the expression.
__device__ float scale_of(const Nf4Codes& weight, std::int64_t block) {
  if (!weight.nested_absmax) return static_cast<const float*>(weight.absmax)[block];
  const float level = weight.nested_levels[static_cast<const std::uint8_t*>(weight.absmax)[block]];
  return __fadd_rn(__fmul_rn(level, weight.nested_absmax[quotient(block, weight.nested_block)]), weight.offset);
}

// Sixteen values in sixteen banks of shared memory: threads that read different ones do not wait for each other.
__device__ void load_levels(const Nf4Codes& weight, float* levels) {
  const int thread = threadIdx.y * blockDim.x + threadIdx.x;
  if (thread < kLevels) levels[thread] = weight.levels[thread];
  __syncthreads();
}

// kValues values per thread. Pairs share a byte, and a block is even, so a pair is never in two blocks; kValues values
// may be.
template <class T, int kValues>
__global__ void nf4_dequantize_kernel(Nf4DequantizeLaunch job) {
  __shared__ float levels[kLevels];
  load_levels(job.weight, levels);
  const std::int64_t first = (blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x) * kValues;
  if (first >= job.count) return;
  const auto bytes = *reinterpret_cast<const Run<std::uint8_t, kValues / 2>*>(job.weight.codes + first / 2);
  std::int64_t block = quotient(first, job.weight.block), end = (block + 1) * job.weight.block.by;
  float scale = scale_of(job.weight, block);
  Run<T, kValues> values;
  for (int i = 0; i < kValues; i += 2) {
    if (first + i == end) {
      end += job.weight.block.by;
      scale = scale_of(job.weight, ++block);
    }
    const int pair = bytes.at[i / 2];
    values.at[i] = static_cast<T>(__fmul_rn(levels[pair >> 4], scale));
    values.at[i + 1] = static_cast<T>(__fmul_rn(levels[pair & 15], scale));
  }
  T* out = static_cast<T*>(job.out) + first;
  if (first + kValues <= job.count)
    *reinterpret_cast<Run<T, kValues>*>(out) = values;
  else
    *out = values.at[0];  // an odd count
}

bool aligned_words(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 4 == 0; }

template <class T, int kValues>
void dequantize_runs(const Nf4DequantizeLaunch& job, cudaStream_t stream) {
  constexpr std::int64_t kThreads = 256, kValuesPerBlock = kThreads * kValues;
  const auto blocks = static_cast<unsigned>((job.count + kValuesPerBlock - 1) / kValuesPerBlock);
  nf4_dequantize_kernel<T, kValues><<<blocks, static_cast<unsigned>(kThreads), 0, stream>>>(job);
}

template <class T>
void dequantize(const Nf4DequantizeLaunch& job, cudaStream_t stream) {
  constexpr int kWord = 8;  // values of a 4-byte load
  const bool words = job.count % kWord == 0 && aligned_words(job.weight.codes) && aligned(job.out);
  words ? dequantize_runs<T, kWord>(job, stream) : dequantize_runs<T, 2>(job, stream);
}

// Values first .. first + kValues of the weight, all of one block, as dequantize() gives them.
template <class T, int kValues>
__device__ void weights_at(const Nf4Codes& weight, const float* levels, std::int64_t first, float (&values)[kValues]) {
  const float scale = scale_of(weight, quotient(first, weight.block));
  const auto value = [&](int code) { return static_cast<float>(static_cast<T>(__fmul_rn(levels[code], scale))); };
  if constexpr (kValues == 1) {
    const int pair = weight.codes[first / 2];
    values[0] = value(first % 2 ? pair & 15 : pair >> 4);
  } else {
    const auto bytes = *reinterpret_cast<const Run<std::uint8_t, kValues / 2>*>(weight.codes + first / 2);
    for (int i = 0; i < kValues; ++i) values[i] = value(i % 2 ? bytes.at[i / 2] & 15 : bytes.at[i / 2] >> 4);
  }
}

// One warp per output: its lanes walk along the row of W, kValues values at a time, and multiply them with all rows of
// x, which stay in the cache.
template <class T, int kRows, int kValues>
__global__ void nf4_matvec_kernel(Nf4MatvecLaunch job) {
  __shared__ float levels[kLevels];
  load_levels(job.weight, levels);
  const std::int64_t output = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (output >= job.outputs) return;  // a whole warp
  const int lane = threadIdx.x;
  const T* x = static_cast<const T*>(job.x);
  float sums[kRows] = {};
  for (std::int64_t i = lane * kValues; i < job.inputs; i += kWarp * kValues) {
    float weights[kValues];
    weights_at<T>(job.weight, levels, output * job.inputs + i, weights);
#pragma unroll  // or the sums would be in memory
    for (int row = 0; row < kRows; ++row) {
      if (row >= job.rows) continue;
      const auto values = *reinterpret_cast<const Run<T, kValues>*>(x + row * job.inputs + i);
      for (int j = 0; j < kValues; ++j) sums[row] += weights[j] * static_cast<float>(values.at[j]);
    }
  }
  combine_warp(sums, Sum{});
#pragma unroll
  for (int row = 0; row < kRows; ++row)
    if (lane == row && row < job.rows) static_cast<T*>(job.out)[row * job.outputs + output] = static_cast<T>(sums[row]);
}

template <class T, int kRows, int kValues>
void matvec_runs(const Nf4MatvecLaunch& job, cudaStream_t stream) {
  constexpr unsigned kOutputsPerBlock = 4;
  const auto blocks = static_cast<unsigned>((job.outputs + kOutputsPerBlock - 1) / kOutputsPerBlock);
  nf4_matvec_kernel<T, kRows, kValues><<<blocks, dim3(kWarp, kOutputsPerBlock), 0, stream>>>(job);
}

template <class T, int kRows>
void matvec_rows(const Nf4MatvecLaunch& job, cudaStream_t stream) {
  constexpr int kWord = 8;
  const bool words =
      job.inputs % kWord == 0 && job.weight.block.by % kWord == 0 && aligned_words(job.weight.codes) && aligned(job.x);
  words ? matvec_runs<T, kRows, kWord>(job, stream) : matvec_runs<T, kRows, 1>(job, stream);
}

template <class T>
void matvec(const Nf4MatvecLaunch& job, cudaStream_t stream) {
  if (job.rows == 1) return matvec_rows<T, 1>(job, stream);
  if (job.rows <= 4) return matvec_rows<T, 4>(job, stream);
  matvec_rows<T, kMostMatvecRows>(job, stream);
}

constexpr int kZeroCode = 7;              // pads an odd number of values
constexpr float kSmallestScale = 1e-38f;  // as on the CPU: a block of zeros is multiplied by 1 / this

__device__ int code_of(const Nf4QuantizeLaunch& job, float x) {
  int code = 0;
#pragma unroll
  for (int i = 0; i < kLevels - 1; ++i) code += x > job.middles[i];
  return code;
}

// One warp per block of the weight, which it reads twice: for the largest absolute value, and pair by pair for the codes.
template <class T>
__global__ void nf4_quantize_kernel(Nf4QuantizeLaunch job) {
  const std::int64_t block = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (block >= job.blocks) return;  // a whole warp
  const std::int64_t first = block * job.block, end = first + job.block < job.count ? first + job.block : job.count;
  const T* weight = static_cast<const T*>(job.weight);
  float largest[1] = {0};
  for (std::int64_t i = first + threadIdx.x; i < end; i += kWarp)
    largest[0] = Largest{}(largest[0], fabsf(static_cast<float>(weight[i])));
  combine_warp(largest, Largest{});
  const float inverse = __fdiv_rn(1.0f, largest[0] > kSmallestScale ? largest[0] : kSmallestScale);
  const auto code = [&](std::int64_t i) {
    return i < end ? code_of(job, __fmul_rn(static_cast<float>(weight[i]), inverse)) : kZeroCode;
  };
  for (std::int64_t i = first + 2 * threadIdx.x; i < end; i += 2 * kWarp)
    job.codes[i / 2] = static_cast<std::uint8_t>(code(i) << 4 | code(i + 1));
  if (threadIdx.x == 0) job.absmax[block] = largest[0];
}

template <class T>
void quantize(const Nf4QuantizeLaunch& job, cudaStream_t stream) {
  constexpr unsigned kBlocksPerLaunchBlock = 8;
  const auto blocks = static_cast<unsigned>((job.blocks + kBlocksPerLaunchBlock - 1) / kBlocksPerLaunchBlock);
  nf4_quantize_kernel<T><<<blocks, dim3(kWarp, kBlocksPerLaunchBlock), 0, stream>>>(job);
}

}  // namespace

cudaError_t launch_nf4_quantize(Float type, const Nf4QuantizeLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { quantize<decltype(value)>(job, stream); });
}

cudaError_t launch_nf4_dequantize(Float type, const Nf4DequantizeLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { dequantize<decltype(value)>(job, stream); });
}

cudaError_t launch_nf4_matvec(Float type, const Nf4MatvecLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { matvec<decltype(value)>(job, stream); });
}

}  // namespace llama32med::kernels
