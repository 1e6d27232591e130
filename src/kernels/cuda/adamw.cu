#include "kernels/cuda/adamw.h"
#include "kernels/cuda/device.cuh"

namespace llama32med::kernels {
namespace {

constexpr int kBorders = 255;

// The tensor that a block of the launch belongs to: the last one that begins at or before it.
__device__ const EightBitTensorLaunch& tensor_of(const EightBitAdamWLaunch& job, std::int64_t block) {
  int first = 0, last = job.tensor_count - 1;
  while (first < last) {
    const int middle = (first + last + 1) / 2;
    if (job.tensors[middle].first_block <= block)
      first = middle;
    else
      last = middle - 1;
  }
  return job.tensors[first];
}

// How many borders lie below x; NaN lies above all.
__device__ int code_of(const float* borders, float x) {
  int first = 0, last = kBorders;
  while (first < last) {
    const int middle = (first + last) / 2;
    if (!(borders[middle] >= x))
      first = middle + 1;
    else
      last = middle;
  }
  return first;
}

struct Moments {
  float m, v;
};

// The operations and roundings of libtorch's fused AdamW on the CPU.
__device__ Moments next_moments(const EightBitAdamWLaunch& job, Moments now, float gradient) {
  const bool near = job.m_rate < 0.5f;  // as lerp does, from the end that is closer
  const float m = __fmaf_rn(near ? job.m_rate : job.m_rate - 1.0f, __fsub_rn(gradient, now.m), near ? now.m : gradient);
  return {m, __fmaf_rn(__fmul_rn(job.v_rate, gradient), gradient, __fmul_rn(now.v, job.v_kept))};
}

__device__ float next_value(const EightBitAdamWLaunch& job, float value, Moments moments) {
  const float size = __fadd_rn(__fdiv_rn(__fsqrt_rn(moments.v), job.v_correction), job.eps);
  return __fadd_rn(__fmul_rn(value, job.kept), __fdiv_rn(__fmul_rn(-job.step_size, moments.m), size));
}

// One block of threads per block of codes, one thread per element. All threads take part in finding the largest
// magnitudes; those beyond the end of the tensor bring zeros.
__global__ void eight_bit_adamw_kernel(EightBitAdamWLaunch job) {
  const auto& tensor = tensor_of(job, blockIdx.x);
  const std::int64_t block = blockIdx.x - tensor.first_block, i = block * kThreadsPerBlock + threadIdx.x;
  const bool inside = i < tensor.count;
  Moments moments = {0, 0};
  if (inside) {
    const Moments stored = {__fmul_rn(job.m_values[tensor.m[i]], tensor.m_largest[block]),
                            __fmul_rn(job.v_values[tensor.v[i]], tensor.v_largest[block])};
    moments = next_moments(job, stored, tensor.gradient[i]);
    tensor.value[i] = next_value(job, tensor.value[i], moments);
  }
  float largest[2] = {fabsf(moments.m), fabsf(moments.v)};
  combine_row(largest, Largest{});  // passes a barrier: the old scales were read by all
  if (inside) {
    const auto scaled = [](float x, float by) { return __fdiv_rn(x, by > 0 ? by : 1.0f); };
    tensor.m[i] = static_cast<std::uint8_t>(code_of(job.m_borders, scaled(moments.m, largest[0])));
    tensor.v[i] = static_cast<std::uint8_t>(code_of(job.v_borders, scaled(moments.v, largest[1])));
  }
  if (threadIdx.x == 0) {
    tensor.m_largest[block] = largest[0];
    tensor.v_largest[block] = largest[1];
  }
}

}  // namespace

cudaError_t launch_eight_bit_adamw(const EightBitAdamWLaunch& job, cudaStream_t stream) {
  eight_bit_adamw_kernel<<<static_cast<unsigned>(job.block_count), kThreadsPerBlock, 0, stream>>>(job);
  return cudaGetLastError();
}

}  // namespace llama32med::kernels
