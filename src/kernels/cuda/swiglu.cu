#include "kernels/cuda/swiglu.cuh"
#include "kernels/cuda/swiglu.h"

namespace llama32med::kernels {
namespace {

constexpr int kThreads = 256;

unsigned blocks_of(std::int64_t packs) { return static_cast<unsigned>((packs + kThreads - 1) / kThreads); }

template <class T, class Packed>
__global__ void silu_mul_kernel(const Packed* gate, const Packed* up, Packed* out, std::int64_t packs) {
  const std::int64_t i = blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x;
  if (i >= packs) return;
  const Packed gates = gate[i], ups = up[i];
  Packed result;
  for (int j = 0; j < static_cast<int>(sizeof(Packed) / sizeof(T)); ++j)
    element<T>(result, j) = silu_product<T>(wide_element<T>(gates, j), wide_element<T>(ups, j));
  out[i] = result;
}

template <class T, class Packed>
void silu_mul_packs(const SiluMulLaunch& job, cudaStream_t stream) {
  const std::int64_t packs = job.count / static_cast<std::int64_t>(sizeof(Packed) / sizeof(T));
  silu_mul_kernel<T, Packed><<<blocks_of(packs), kThreads, 0, stream>>>(
      static_cast<const Packed*>(job.gate), static_cast<const Packed*>(job.up), static_cast<Packed*>(job.out), packs);
}

template <class T>
void silu_mul(const SiluMulLaunch& job, cudaStream_t stream) {
  const bool packed = job.count % Pack<T>::kSize == 0 && aligned(job.gate) && aligned(job.up) && aligned(job.out);
  packed ? silu_mul_packs<T, Pack<T>>(job, stream) : silu_mul_packs<T, T>(job, stream);
}

template <class T, class Packed>
__global__ void silu_mul_gradient_kernel(const Packed* gradient, const Packed* gate, const Packed* up, Packed* of_gate,
                                         Packed* of_up, std::int64_t packs) {
  const std::int64_t i = blockIdx.x * std::int64_t{blockDim.x} + threadIdx.x;
  if (i >= packs) return;
  const Packed outer = gradient[i], gates = gate[i], ups = up[i];
  Packed by_gate, by_up;
  for (int j = 0; j < static_cast<int>(sizeof(Packed) / sizeof(T)); ++j) {
    const auto gradients =
        silu_gradients<T>(wide_element<T>(outer, j), wide_element<T>(gates, j), wide_element<T>(ups, j));
    element<T>(by_gate, j) = gradients.of_gate;
    element<T>(by_up, j) = gradients.of_up;
  }
  of_gate[i] = by_gate;
  of_up[i] = by_up;
}

template <class T, class Packed>
void silu_mul_gradient_packs(const SiluMulGradientLaunch& job, cudaStream_t stream) {
  const std::int64_t packs = job.count / static_cast<std::int64_t>(sizeof(Packed) / sizeof(T));
  silu_mul_gradient_kernel<T, Packed><<<blocks_of(packs), kThreads, 0, stream>>>(
      static_cast<const Packed*>(job.gradient), static_cast<const Packed*>(job.gate),
      static_cast<const Packed*>(job.up), static_cast<Packed*>(job.of_gate), static_cast<Packed*>(job.of_up), packs);
}

template <class T>
void silu_mul_gradient(const SiluMulGradientLaunch& job, cudaStream_t stream) {
  const bool packed = job.count % Pack<T>::kSize == 0 && aligned(job.gradient) && aligned(job.gate) &&
                      aligned(job.up) && aligned(job.of_gate) && aligned(job.of_up);
  packed ? silu_mul_gradient_packs<T, Pack<T>>(job, stream) : silu_mul_gradient_packs<T, T>(job, stream);
}

}  // namespace

cudaError_t launch_silu_mul(Float type, const SiluMulLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { silu_mul<decltype(value)>(job, stream); });
}

cudaError_t launch_silu_mul_gradient(Float type, const SiluMulGradientLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { silu_mul_gradient<decltype(value)>(job, stream); });
}

}  // namespace llama32med::kernels
