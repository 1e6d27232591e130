#include "kernels/cuda/rope.h"

#include <ATen/ops/empty.h>

#include <array>

#include "kernels/cuda/module.h"

namespace llama32med::kernels {
namespace {

// Tokens, heads and rows are the dimensions of the launch grid; the hardware limits the last two to 65535.
void check(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  constexpr std::int64_t kGridEnd = 65535;
  TORCH_CHECK(x.dim() == 4 && x.size(3) % 2 == 0, "rotate: x must be [B, H, L, d] with even d");
  TORCH_CHECK(x.size(0) <= kGridEnd && x.size(1) <= kGridEnd, "rotate: more than 65535 rows or heads");
  const std::array<std::int64_t, 4> angles = {x.size(0), 1, x.size(2), x.size(3) / 2};
  TORCH_CHECK(cos.sizes() == at::IntArrayRef(angles) && sin.sizes() == at::IntArrayRef(angles),
              "rotate: angles do not match x");
  TORCH_CHECK(cos.scalar_type() == at::kFloat && sin.scalar_type() == at::kFloat, "rotate: angles must be float32");
  TORCH_CHECK(cos.device() == x.device() && sin.device() == x.device(), "rotate: devices differ");
}

at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, float direction) {
  check(x, cos, sin);
  const c10::cuda::CUDAGuard guard(x.device());
  const auto in = x.stride(3) == 1 ? x : x.contiguous();
  const auto c = cos.contiguous(), s = sin.contiguous();
  auto out = at::empty(x.sizes(), x.options());
  if (x.numel() == 0) return out;
  const RotateLaunch job{in.const_data_ptr(),
                         c.const_data_ptr<float>(),
                         s.const_data_ptr<float>(),
                         out.mutable_data_ptr(),
                         x.size(0),
                         x.size(1),
                         x.size(2),
                         x.size(3) / 2,
                         in.stride(0),
                         in.stride(1),
                         in.stride(2),
                         direction};
  C10_CUDA_CHECK(launch_rotate(float_type(in), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

at::Tensor rotate_cuda(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return turned(x, cos, sin, 1);
}

at::Tensor rotate_gradient_cuda(const at::Tensor& gradient, const at::Tensor& cos, const at::Tensor& sin) {
  return turned(gradient, cos, sin, -1);
}

}  // namespace

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) {
  library.impl("rotate", rotate_cuda);
  library.impl("rotate_gradient", rotate_gradient_cuda);
}

}  // namespace llama32med::kernels
