#include "kernels/cuda/device.cuh"
#include "kernels/cuda/nf4.h"

namespace llama32med::kernels {
namespace {

constexpr int kLevels = 16, kScaleLevels = 256;
constexpr int kWord = 8;  // values of a 4-byte load

// kCount values that are loaded or stored at once.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount < 16 ? sizeof(T) * kCount : 16) Run {
  T at[kCount];
};

__device__ std::int64_t quotient(std::int64_t value, Divisor divisor) {
  return divisor.shift >= 0 ? value >> divisor.shift : value / divisor.by;
}

// Product and sum are rounded separately, as in the expression.
// `nested_levels`: those of the weight, or a copy.
__device__ float scale_of(const Nf4Codes& weight, const float* nested_levels, std::int64_t block) {
  if (!weight.nested_absmax) return static_cast<const float*>(weight.absmax)[block];
  const float level = nested_levels[static_cast<const std::uint8_t*>(weight.absmax)[block]];
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
  float scale = scale_of(job.weight, job.weight.nested_levels, block);
  Run<T, kValues> values;
  for (int i = 0; i < kValues; i += 2) {
    if (first + i == end) {
      end += job.weight.block.by;
      scale = scale_of(job.weight, job.weight.nested_levels, ++block);
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
  const bool words = job.count % kWord == 0 && aligned_words(job.weight.codes) && aligned(job.out);
  words ? dequantize_runs<T, kWord>(job, stream) : dequantize_runs<T, 2>(job, stream);
}

// Value i of the weight, as dequantize() gives it.
template <class T>
__device__ float weight_at(const Nf4Codes& weight, const float* levels, std::int64_t i) {
  const int pair = weight.codes[i / 2];
  const float level = levels[i % 2 ? pair & 15 : pair >> 4];
  const float scale = scale_of(weight, weight.nested_levels, quotient(i, weight.block));
  return static_cast<float>(static_cast<T>(__fmul_rn(level, scale)));
}

template <class T, int kRows>
__device__ void store_sums(const Nf4MatvecLaunch& job, std::int64_t output, float (&sums)[kRows]) {
  combine_warp(sums, Sum{});
#pragma unroll
  for (int row = 0; row < kRows; ++row)
    if (threadIdx.x == row && row < job.rows)
      static_cast<T*>(job.out)[row * job.outputs + output] = static_cast<T>(sums[row]);
}

// One warp per output: its lanes walk along the row of W, and multiply it with all rows of x, which stay in the cache.
template <class T, int kRows>
__global__ void nf4_matvec_kernel(Nf4MatvecLaunch job) {
  __shared__ float levels[kLevels];
  load_levels(job.weight, levels);
  const std::int64_t output = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (output >= job.outputs) return;  // a whole warp
  const T* x = static_cast<const T*>(job.x);
  float sums[kRows] = {};
  for (std::int64_t i = threadIdx.x; i < job.inputs; i += kWarp) {
    const float weight = weight_at<T>(job.weight, levels, output * job.inputs + i);
#pragma unroll  // or the sums would be in memory
    for (int row = 0; row < kRows; ++row)
      if (row < job.rows) sums[row] += weight * static_cast<float>(x[row * job.inputs + i]);
  }
  store_sums<T>(job, output, sums);
}

constexpr int kWordsAtOnce = 4;  // loads of a lane that are under way together

// The tables of a weight with double quantization in shared memory.
struct Tables {
  float levels[kLevels], scales[kScaleLevels];

  __device__ void load(const Nf4Codes& weight) {
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    if (weight.nested_absmax)
      for (int i = thread; i < kScaleLevels; i += blockDim.x * blockDim.y) scales[i] = weight.nested_levels[i];
    load_levels(weight, levels);  // passes a barrier
  }
};

// The eight values of a word, the first in the high four bits of the lowest byte.
template <class T>
__device__ void unpack(std::uint32_t word, const float* levels, float scale, float (&values)[kWord]) {
#pragma unroll
  for (int j = 0; j < kWord; ++j) {
    const int code = word >> (j % 2 ? 4 * (j - 1) : 4 * (j + 1)) & 15;
    values[j] = static_cast<float>(static_cast<T>(__fmul_rn(levels[code], scale)));
  }
}

// The same for rows of W that are whole words and whole blocks, a power of two.
template <class T, int kRows>
__global__ void nf4_matvec_words_kernel(Nf4MatvecLaunch job) {
  __shared__ Tables tables;
  tables.load(job.weight);
  const std::int64_t output = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (output >= job.outputs) return;  // a whole warp
  const int inputs = static_cast<int>(job.inputs), shift = job.weight.block.shift;
  const T* x = static_cast<const T*>(job.x);
  const std::uint8_t* codes = job.weight.codes + output * inputs / 2;
  const std::int64_t first_block = output * inputs >> shift;
  constexpr int kStep = kWarp * kWord;
  float sums[kRows] = {};
  for (int begin = threadIdx.x * kWord; begin < inputs; begin += kStep * kWordsAtOnce) {
    std::uint32_t words[kWordsAtOnce] = {};
    float scales[kWordsAtOnce] = {};
#pragma unroll
    for (int k = 0; k < kWordsAtOnce; ++k) {
      const int i = begin + k * kStep;
      if (i >= inputs) continue;
      words[k] = *reinterpret_cast<const std::uint32_t*>(codes + i / 2);
      scales[k] = scale_of(job.weight, tables.scales, first_block + (i >> shift));
    }
#pragma unroll
    for (int k = 0; k < kWordsAtOnce; ++k) {
      const int i = begin + k * kStep;
      if (i >= inputs) continue;
      float weights[kWord];
      unpack<T>(words[k], tables.levels, scales[k], weights);
#pragma unroll
      for (int row = 0; row < kRows; ++row) {
        if (row >= job.rows) continue;
        const auto values = *reinterpret_cast<const Run<T, kWord>*>(x + row * job.inputs + i);
#pragma unroll
        for (int j = 0; j < kWord; ++j) sums[row] += weights[j] * static_cast<float>(values.at[j]);
      }
    }
  }
  store_sums<T>(job, output, sums);
}

bool whole_words(const Nf4MatvecLaunch& job) {
  const auto& block = job.weight.block;
  return block.shift >= 0 && block.by % kWord == 0 && job.inputs % block.by == 0 && job.inputs < (1 << 30) &&
         aligned_words(job.weight.codes) && aligned(job.x);
}

template <class T, int kRows>
void matvec_rows(const Nf4MatvecLaunch& job, cudaStream_t stream) {
  constexpr unsigned kOutputsPerBlock = 8;
  const auto blocks = static_cast<unsigned>((job.outputs + kOutputsPerBlock - 1) / kOutputsPerBlock);
  const dim3 threads(kWarp, kOutputsPerBlock);
  whole_words(job) ? nf4_matvec_words_kernel<T, kRows><<<blocks, threads, 0, stream>>>(job)
                   : nf4_matvec_kernel<T, kRows><<<blocks, threads, 0, stream>>>(job);
}

template <class T>
void matvec(const Nf4MatvecLaunch& job, cudaStream_t stream) {
  if (job.rows == 1) return matvec_rows<T, 1>(job, stream);
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

// One warp per block of the weight, which it reads twice: for the largest absolute value, and pair by pair for the
// codes.
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
