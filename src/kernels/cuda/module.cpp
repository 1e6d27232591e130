// CUDA implementations of the operators in llama32med/kernels/ops.h: checks, memory, device and stream. The kernels are
// in launch.cu.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <array>

#include "kernels/cuda/launch.h"

namespace llama32med::kernels {
namespace {

Float float_type(const at::Tensor& x) {
  switch (x.scalar_type()) {
    case at::kFloat:
      return Float::k32;
    case at::kHalf:
      return Float::k16;
    case at::kBFloat16:
      return Float::kBf16;
    default:
      TORCH_CHECK(false, "llama32med's CUDA kernels support float32, float16 and bfloat16, not ", x.scalar_type());
  }
}

at::Tensor rms_norm_cuda(const at::Tensor& x, const at::Tensor& weight, double eps) {
  TORCH_CHECK(x.dim() > 0 && weight.dim() == 1 && weight.size(0) == x.size(-1), "rms_norm: weight does not match x");
  TORCH_CHECK(weight.scalar_type() == x.scalar_type() && weight.device() == x.device(),
              "rms_norm: dtypes or devices differ");
  const c10::cuda::CUDAGuard guard(x.device());
  const auto rows = x.contiguous(), factors = weight.contiguous();
  auto out = at::empty_like(rows);
  if (rows.numel() == 0) return out;
  const RmsNormLaunch job{
      rows.const_data_ptr(),  factors.const_data_ptr(), out.mutable_data_ptr(), rows.numel() / x.size(-1), x.size(-1),
      static_cast<float>(eps)};
  C10_CUDA_CHECK(launch_rms_norm(float_type(rows), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

// Tokens, heads and rows are the dimensions of the launch grid; the hardware limits the last two to 65535.
at::Tensor rotate_cuda(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  constexpr std::int64_t kGridEnd = 65535;
  TORCH_CHECK(x.dim() == 4 && x.size(3) % 2 == 0, "rotate: x must be [B, H, L, d] with even d");
  const auto batch = x.size(0), heads = x.size(1), length = x.size(2), half = x.size(3) / 2;
  TORCH_CHECK(batch <= kGridEnd && heads <= kGridEnd, "rotate: more than 65535 rows or heads");
  const std::array<std::int64_t, 4> angles = {batch, 1, length, half};
  TORCH_CHECK(cos.sizes() == at::IntArrayRef(angles) && sin.sizes() == at::IntArrayRef(angles),
              "rotate: angles do not match x");
  TORCH_CHECK(cos.scalar_type() == at::kFloat && sin.scalar_type() == at::kFloat, "rotate: angles must be float32");
  TORCH_CHECK(cos.device() == x.device() && sin.device() == x.device(), "rotate: devices differ");
  const c10::cuda::CUDAGuard guard(x.device());
  const auto in = x.stride(3) == 1 ? x : x.contiguous();
  const auto c = cos.contiguous(), s = sin.contiguous();
  auto out = at::empty(x.sizes(), x.options());
  if (x.numel() == 0) return out;
  const RotateLaunch job{in.const_data_ptr(),
                         c.const_data_ptr<float>(),
                         s.const_data_ptr<float>(),
                         out.mutable_data_ptr(),
                         batch,
                         heads,
                         length,
                         half,
                         in.stride(0),
                         in.stride(1),
                         in.stride(2)};
  C10_CUDA_CHECK(launch_rotate(float_type(in), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

at::Tensor silu_mul_cuda(const at::Tensor& gate, const at::Tensor& up) {
  TORCH_CHECK(gate.sizes() == up.sizes() && gate.scalar_type() == up.scalar_type() && gate.device() == up.device(),
              "silu_mul: gate and up differ in shape, dtype or device");
  const c10::cuda::CUDAGuard guard(gate.device());
  const auto g = gate.contiguous(), u = up.contiguous();
  auto out = at::empty_like(g);
  if (g.numel() == 0) return out;
  const SiluMulLaunch job{g.const_data_ptr(), u.const_data_ptr(), out.mutable_data_ptr(), g.numel()};
  C10_CUDA_CHECK(launch_silu_mul(float_type(g), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

}  // namespace

#ifndef LLAMA32MED_KERNELS_FOR
#define LLAMA32MED_KERNELS_FOR CUDA  // tests/device builds these sources for a device without hardware
#endif

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) {
  library.impl("rms_norm", rms_norm_cuda);
  library.impl("rotate", rotate_cuda);
  library.impl("silu_mul", silu_mul_cuda);
}

}  // namespace llama32med::kernels
