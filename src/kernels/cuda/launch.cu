#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>

#include "kernels/cuda/launch.h"

namespace llama32med::kernels {
namespace {

constexpr int kWarp = 32;
constexpr int kMostThreads = 512;

// The elements of one 16-byte load.
template <class T>
struct alignas(16) Pack {
  static constexpr int kSize = 16 / sizeof(T);
  T at[kSize];
};

// Sum over the threads of a row (blockDim.x, whole warps), returned to every thread. Only blocks with a single row may
// be wider than a warp.
__device__ float row_sum(float value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(0xffffffffu, value, offset);
  if (blockDim.x == kWarp) return value;
  __shared__ float of_warp[kMostThreads / kWarp];
  const int warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp, warps = blockDim.x / kWarp;
  if (lane == 0) of_warp[warp] = value;
  __syncthreads();
  value = lane < warps ? of_warp[lane] : 0.0f;
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(0xffffffffu, value, offset);
  return value;
}

// One row per threadIdx.y. `packs` is the row size in units of Packed; if it is not a multiple of Pack<T>, Packed is T.
template <class T, class Packed>
__global__ void rms_norm_kernel(const Packed* x, const Packed* weight, Packed* out, std::int64_t rows, int packs,
                                float eps) {
  constexpr int kSize = sizeof(Packed) / sizeof(T);
  const std::int64_t row = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (row >= rows) return;  // only whole warps return here, and only if a row is one warp
  const Packed* in = x + row * packs;
  float sum = 0;
  for (int i = threadIdx.x; i < packs; i += blockDim.x) {
    const Packed pack = in[i];
    for (int j = 0; j < kSize; ++j) {
      const float value = static_cast<float>(reinterpret_cast<const T*>(&pack)[j]);
      sum += value * value;
    }
  }
  const float scale = rsqrtf(row_sum(sum) / static_cast<float>(packs * kSize) + eps);
  for (int i = threadIdx.x; i < packs; i += blockDim.x) {
    const Packed pack = in[i], factors = weight[i];  // x is now in the cache
    Packed result;
    for (int j = 0; j < kSize; ++j) {
      const T rounded = static_cast<T>(static_cast<float>(reinterpret_cast<const T*>(&pack)[j]) * scale);
      const float product = static_cast<float>(reinterpret_cast<const T*>(&factors)[j]) * static_cast<float>(rounded);
      reinterpret_cast<T*>(&result)[j] = static_cast<T>(product);
    }
    out[row * packs + i] = result;
  }
}

template <class T, class Packed>
void rms_norm_rows(const RmsNormLaunch& job, cudaStream_t stream) {
  const int packs = static_cast<int>(job.width / (sizeof(Packed) / sizeof(T)));
  const int threads = std::clamp((packs + kWarp - 1) / kWarp * kWarp, kWarp, kMostThreads);
  const int rows_a_block = threads == kWarp ? 4 : 1;
  const auto blocks = static_cast<unsigned>((job.rows + rows_a_block - 1) / rows_a_block);
  rms_norm_kernel<T, Packed><<<blocks, dim3(threads, rows_a_block), 0, stream>>>(
      static_cast<const Packed*>(job.x), static_cast<const Packed*>(job.weight), static_cast<Packed*>(job.out),
      job.rows, packs, job.eps);
}

bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

template <class T>
void rms_norm(const RmsNormLaunch& job, cudaStream_t stream) {
  const bool packed = job.width % Pack<T>::kSize == 0 && aligned(job.x) && aligned(job.weight) && aligned(job.out);
  packed ? rms_norm_rows<T, Pack<T>>(job, stream) : rms_norm_rows<T, T>(job, stream);
}

// One block per head and token: a row [d]. No fused multiply-add, so that it rounds like the libtorch expression.
template <class T>
__global__ void rotate_kernel(RotateLaunch job) {
  const std::int64_t token = blockIdx.x, head = blockIdx.y, row = blockIdx.z;
  const T* in = static_cast<const T*>(job.x) + row * job.batch_stride + head * job.head_stride + token * job.row_stride;
  T* out = static_cast<T*>(job.out) + ((row * job.heads + head) * job.length + token) * 2 * job.half;
  const std::int64_t angles = (row * job.length + token) * job.half;
  for (std::int64_t i = threadIdx.x; i < job.half; i += blockDim.x) {
    const float first = static_cast<float>(in[i]), second = static_cast<float>(in[i + job.half]);
    const float cos = job.cos[angles + i], sin = job.sin[angles + i];
    out[i] = static_cast<T>(__fsub_rn(__fmul_rn(first, cos), __fmul_rn(second, sin)));
    out[i + job.half] = static_cast<T>(__fadd_rn(__fmul_rn(second, cos), __fmul_rn(first, sin)));
  }
}

template <class T>
void rotate(const RotateLaunch& job, cudaStream_t stream) {
  const dim3 rows(static_cast<unsigned>(job.length), static_cast<unsigned>(job.heads),
                  static_cast<unsigned>(job.batch));
  const auto threads = static_cast<unsigned>(std::clamp<std::int64_t>(job.half, kWarp, kMostThreads));
  rotate_kernel<T><<<rows, threads, 0, stream>>>(job);
}

template <class T, class Packed>
__global__ void silu_mul_kernel(const Packed* gate, const Packed* up, Packed* out, std::int64_t packs) {
  const std::int64_t i = blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x;
  if (i >= packs) return;
  const Packed gates = gate[i], ups = up[i];
  Packed result;
  for (int j = 0; j < static_cast<int>(sizeof(Packed) / sizeof(T)); ++j) {
    const float x = static_cast<float>(reinterpret_cast<const T*>(&gates)[j]);
    const T activated = static_cast<T>(x / (1.0f + expf(-x)));
    const float product = static_cast<float>(activated) * static_cast<float>(reinterpret_cast<const T*>(&ups)[j]);
    reinterpret_cast<T*>(&result)[j] = static_cast<T>(product);
  }
  out[i] = result;
}

template <class T, class Packed>
void silu_mul_packs(const SiluMulLaunch& job, cudaStream_t stream) {
  constexpr int kThreads = 256;
  const std::int64_t packs = job.count / static_cast<std::int64_t>(sizeof(Packed) / sizeof(T));
  silu_mul_kernel<T, Packed><<<static_cast<unsigned>((packs + kThreads - 1) / kThreads), kThreads, 0, stream>>>(
      static_cast<const Packed*>(job.gate), static_cast<const Packed*>(job.up), static_cast<Packed*>(job.out), packs);
}

template <class T>
void silu_mul(const SiluMulLaunch& job, cudaStream_t stream) {
  const bool packed = job.count % Pack<T>::kSize == 0 && aligned(job.gate) && aligned(job.up) && aligned(job.out);
  packed ? silu_mul_packs<T, Pack<T>>(job, stream) : silu_mul_packs<T, T>(job, stream);
}

// Calls `action` with a value of the given type.
template <class Action>
cudaError_t with_type(Float type, Action action) {
  switch (type) {
    case Float::k32:
      action(float{});
      break;
    case Float::k16:
      action(__half{});
      break;
    case Float::kBf16:
      action(__nv_bfloat16{});
      break;
  }
  return cudaGetLastError();
}

}  // namespace

cudaError_t launch_rms_norm(Float type, const RmsNormLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { rms_norm<decltype(value)>(job, stream); });
}

cudaError_t launch_rotate(Float type, const RotateLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { rotate<decltype(value)>(job, stream); });
}

cudaError_t launch_silu_mul(Float type, const SiluMulLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { silu_mul<decltype(value)>(job, stream); });
}

}  // namespace llama32med::kernels
