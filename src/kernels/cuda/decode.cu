#include "kernels/cuda/decode.h"
#include "kernels/cuda/rope.cuh"
#include "kernels/cuda/swiglu.cuh"

namespace llama32med::kernels {
namespace {

template <class T>
__device__ float rounded_product(float a, float b) {
  return static_cast<float>(static_cast<T>(__fmul_rn(a, b)));
}

// One block per row. Each thread reads back only what it wrote itself.
template <class T>
__global__ void add_rms_norm_kernel(AddRmsNormLaunch job) {
  const std::int64_t row = blockIdx.x, begin = row * job.width;
  const T* x = static_cast<const T*>(job.x) + begin;
  const T* branch = static_cast<const T*>(job.branch) + begin;
  const T* weight = static_cast<const T*>(job.weight);
  T* sums = static_cast<T*>(job.sum) + begin;
  T* normed = static_cast<T*>(job.normed) + begin;
  const bool gated = job.gate != nullptr;
  const float gate = gated ? static_cast<float>(*static_cast<const T*>(job.gate)) : 1.0f;
  float squares[1] = {};
  for (std::int64_t i = threadIdx.x; i < job.width; i += blockDim.x) {
    const float added = static_cast<float>(branch[i]);
    const float term = gated ? rounded_product<T>(gate, added) : added;
    const T sum = static_cast<T>(__fadd_rn(static_cast<float>(x[i]), term));
    sums[i] = sum;
    squares[0] += static_cast<float>(sum) * static_cast<float>(sum);
  }
  combine_row(squares, Sum());
  const float scale = rsqrtf(squares[0] / static_cast<float>(job.width) + job.eps);
  for (std::int64_t i = threadIdx.x; i < job.width; i += blockDim.x) {
    const float scaled = rounded_product<T>(static_cast<float>(sums[i]), scale);
    normed[i] = static_cast<T>(static_cast<float>(weight[i]) * scaled);
  }
}

template <class T>
void add_rms_norm(const AddRmsNormLaunch& job, cudaStream_t stream) {
  const auto whole_warps = (job.width + kWarp - 1) / kWarp * kWarp;
  const auto threads = static_cast<unsigned>(std::clamp<std::int64_t>(whole_warps, kWarp, kMostThreads));
  add_rms_norm_kernel<T><<<static_cast<unsigned>(job.rows), threads, 0, stream>>>(job);
}

template <class T>
__device__ const T* row_at(const void* data, const Strides& strides, std::int64_t head) {
  return static_cast<const T*>(data) + blockIdx.z * strides.batch + head * strides.head + blockIdx.x * strides.row;
}

// One block per token and head: first the query heads, then those of the keys, then those of the values.
template <class T>
__global__ void rotate_append_kernel(RotateAppendLaunch job) {
  const std::int64_t token = blockIdx.x, head = blockIdx.y, row = blockIdx.z, width = 2 * job.half;
  const std::int64_t at = row * job.length + token;
  const float *cos = job.cos + at * job.half, *sin = job.sin + at * job.half;
  if (head < job.heads) {
    T* out = static_cast<T*>(job.rotated) + ((row * job.heads + head) * job.length + token) * width;
    return rotate_row(row_at<T>(job.q, job.q_strides, head), out, cos, sin, job.half, 1.0f);
  }
  const bool is_key = head < job.heads + job.key_heads;
  const std::int64_t key_head = head - job.heads - (is_key ? 0 : job.key_heads);
  const std::int64_t slot = (row * job.key_heads + key_head) * job.capacity + job.positions[at];
  if (is_key)
    return rotate_row(row_at<T>(job.k, job.k_strides, key_head), static_cast<T*>(job.keys) + slot * width, cos, sin,
                      job.half, 1.0f);
  const T* value = row_at<T>(job.v, job.v_strides, key_head);
  for (std::int64_t i = threadIdx.x; i < width; i += blockDim.x)
    static_cast<T*>(job.values)[slot * width + i] = value[i];
}

template <class T>
void rotate_append(const RotateAppendLaunch& job, cudaStream_t stream) {
  const dim3 rows(static_cast<unsigned>(job.length), static_cast<unsigned>(job.heads + 2 * job.key_heads),
                  static_cast<unsigned>(job.batch));
  const auto threads = static_cast<unsigned>(std::clamp<std::int64_t>(job.half, kWarp, kMostThreads));
  rotate_append_kernel<T><<<rows, threads, 0, stream>>>(job);
}

template <class T>
__global__ void silu_mul_halves_kernel(SiluMulHalvesLaunch job) {
  const std::int64_t i = blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x;
  if (i >= job.rows * job.width) return;
  const T* gate = static_cast<const T*>(job.gate_up) + i / job.width * job.row_stride + i % job.width;
  static_cast<T*>(job.out)[i] = silu_product<T>(static_cast<float>(gate[0]), static_cast<float>(gate[job.width]));
}

template <class T>
void silu_mul_halves(const SiluMulHalvesLaunch& job, cudaStream_t stream) {
  constexpr int kThreads = 256;
  const auto blocks = static_cast<unsigned>((job.rows * job.width + kThreads - 1) / kThreads);
  silu_mul_halves_kernel<T><<<blocks, kThreads, 0, stream>>>(job);
}

template <class T>
__global__ void silu_mul_halves_gradient_kernel(SiluMulHalvesGradientLaunch job) {
  const std::int64_t i = blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x;
  if (i >= job.rows * job.width) return;
  const std::int64_t at = i / job.width * 2 * job.width + i % job.width;
  const T* gate_up = static_cast<const T*>(job.gate_up) + at;
  T* out = static_cast<T*>(job.out) + at;
  const auto gradients = silu_gradients<T>(static_cast<float>(static_cast<const T*>(job.gradient)[i]),
                                           static_cast<float>(gate_up[0]), static_cast<float>(gate_up[job.width]));
  out[0] = gradients.of_gate;
  out[job.width] = gradients.of_up;
}

template <class T>
void silu_mul_halves_gradient(const SiluMulHalvesGradientLaunch& job, cudaStream_t stream) {
  constexpr int kThreads = 256;
  const auto blocks = static_cast<unsigned>((job.rows * job.width + kThreads - 1) / kThreads);
  silu_mul_halves_gradient_kernel<T><<<blocks, kThreads, 0, stream>>>(job);
}

}  // namespace

cudaError_t launch_silu_mul_halves_gradient(Float type, const SiluMulHalvesGradientLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { silu_mul_halves_gradient<decltype(value)>(job, stream); });
}

cudaError_t launch_add_rms_norm(Float type, const AddRmsNormLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { add_rms_norm<decltype(value)>(job, stream); });
}

cudaError_t launch_rotate_append(Float type, const RotateAppendLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { rotate_append<decltype(value)>(job, stream); });
}

cudaError_t launch_silu_mul_halves(Float type, const SiluMulHalvesLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { silu_mul_halves<decltype(value)>(job, stream); });
}

}  // namespace llama32med::kernels
