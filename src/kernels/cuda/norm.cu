#include "kernels/cuda/device.cuh"
#include "kernels/cuda/norm.h"

namespace llama32med::kernels {
namespace {

// One row per threadIdx.y. `packs` is the row size in units of Packed; if it is not a multiple of Pack<T>, Packed is T.
template <class T, class Packed>
__global__ void rms_norm_kernel(const Packed* x, const Packed* weight, Packed* out, std::int64_t rows, int packs,
                                float eps) {
  constexpr int kSize = sizeof(Packed) / sizeof(T);
  const std::int64_t row = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (row >= rows) return;  // only whole warps return here, and only if a row is one warp
  const Packed* in = x + row * packs;
  float squares[1] = {0};
  for (int i = threadIdx.x; i < packs; i += blockDim.x) {
    const Packed pack = in[i];
    for (int j = 0; j < kSize; ++j) squares[0] += wide_element<T>(pack, j) * wide_element<T>(pack, j);
  }
  combine_row(squares, Sum{});
  const float scale = rsqrtf(squares[0] / static_cast<float>(packs * kSize) + eps);
  for (int i = threadIdx.x; i < packs; i += blockDim.x) {
    const Packed pack = in[i], factors = weight[i];  // x is now in the cache
    Packed result;
    for (int j = 0; j < kSize; ++j) {
      const T rounded = static_cast<T>(wide_element<T>(pack, j) * scale);
      element<T>(result, j) = static_cast<T>(wide_element<T>(factors, j) * static_cast<float>(rounded));
    }
    out[row * packs + i] = result;
  }
}

template <class T, class Packed>
void rms_norm_rows(const RmsNormLaunch& job, cudaStream_t stream) {
  const int packs = static_cast<int>(job.width / (sizeof(Packed) / sizeof(T)));
  const RowBlock shape(packs);
  rms_norm_kernel<T, Packed><<<shape.blocks(job.rows), shape.block(), 0, stream>>>(
      static_cast<const Packed*>(job.x), static_cast<const Packed*>(job.weight), static_cast<Packed*>(job.out),
      job.rows, packs, job.eps);
}

template <class T>
void rms_norm(const RmsNormLaunch& job, cudaStream_t stream) {
  const bool packed = job.width % Pack<T>::kSize == 0 && aligned(job.x) && aligned(job.weight) && aligned(job.out);
  packed ? rms_norm_rows<T, Pack<T>>(job, stream) : rms_norm_rows<T, T>(job, stream);
}

// With r = 1 / sqrt(mean(x^2) + eps) and s = cast(gradient * weight), as the expression rounds it:
//   of_x = r s - x r^3 mean(s x)
// The row is read twice, the second time from the cache; nothing but x is kept from the forward pass.
template <class T, class Packed>
__global__ void rms_norm_gradient_kernel(const Packed* gradient, const Packed* x, const Packed* weight, Packed* of_x,
                                         std::int64_t rows, int packs, float eps) {
  constexpr int kSize = sizeof(Packed) / sizeof(T);
  const std::int64_t row = blockIdx.x * std::int64_t{blockDim.y} + threadIdx.y;
  if (row >= rows) return;  // only whole warps return here, and only if a row is one warp
  const std::int64_t first = row * packs;
  float sums[2] = {0, 0};  // squares of x, and x times the scaled gradient
  for (int i = threadIdx.x; i < packs; i += blockDim.x) {
    const Packed values = x[first + i], outer = gradient[first + i], factors = weight[i];
    for (int j = 0; j < kSize; ++j) {
      const float value = wide_element<T>(values, j);
      const T scaled = static_cast<T>(wide_element<T>(outer, j) * wide_element<T>(factors, j));
      sums[0] += value * value;
      sums[1] += value * static_cast<float>(scaled);
    }
  }
  combine_row(sums, Sum{});
  const float width = static_cast<float>(packs * kSize);
  const float scale = rsqrtf(sums[0] / width + eps);
  const float inward = scale * scale * scale * (sums[1] / width);
  for (int i = threadIdx.x; i < packs; i += blockDim.x) {
    const Packed values = x[first + i], outer = gradient[first + i], factors = weight[i];
    Packed result;
    for (int j = 0; j < kSize; ++j) {
      const T scaled = static_cast<T>(wide_element<T>(outer, j) * wide_element<T>(factors, j));
      element<T>(result, j) = static_cast<T>(scale * static_cast<float>(scaled) - wide_element<T>(values, j) * inward);
    }
    of_x[first + i] = result;
  }
}

template <class T, class Packed>
void rms_norm_gradient_rows(const RmsNormGradientLaunch& job, cudaStream_t stream) {
  const int packs = static_cast<int>(job.width / (sizeof(Packed) / sizeof(T)));
  const RowBlock shape(packs);
  rms_norm_gradient_kernel<T, Packed><<<shape.blocks(job.rows), shape.block(), 0, stream>>>(
      static_cast<const Packed*>(job.gradient), static_cast<const Packed*>(job.x),
      static_cast<const Packed*>(job.weight), static_cast<Packed*>(job.of_x), job.rows, packs, job.eps);
}

template <class T>
void rms_norm_gradient(const RmsNormGradientLaunch& job, cudaStream_t stream) {
  const bool packed = job.width % Pack<T>::kSize == 0 && aligned(job.gradient) && aligned(job.x) &&
                      aligned(job.weight) && aligned(job.of_x);
  packed ? rms_norm_gradient_rows<T, Pack<T>>(job, stream) : rms_norm_gradient_rows<T, T>(job, stream);
}

}  // namespace

cudaError_t launch_rms_norm(Float type, const RmsNormLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { rms_norm<decltype(value)>(job, stream); });
}

cudaError_t launch_rms_norm_gradient(Float type, const RmsNormGradientLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { rms_norm_gradient<decltype(value)>(job, stream); });
}

}  // namespace llama32med::kernels
