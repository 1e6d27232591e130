#include "kernels/cuda/swiglu.h"

#include <ATen/ops/empty_like.h>

#include <tuple>

#include "kernels/cuda/module.h"

namespace llama32med::kernels {
namespace {

at::Tensor silu_mul_cuda(const at::Tensor& gate, const at::Tensor& up) {
  TORCH_CHECK(alike(gate, up), "silu_mul: gate and up differ in shape, dtype or device");
  const c10::cuda::CUDAGuard guard(gate.device());
  const auto g = gate.contiguous(), u = up.contiguous();
  auto out = at::empty_like(g);
  if (g.numel() == 0) return out;
  const SiluMulLaunch job{g.const_data_ptr(), u.const_data_ptr(), out.mutable_data_ptr(), g.numel()};
  C10_CUDA_CHECK(launch_silu_mul(float_type(g), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

std::tuple<at::Tensor, at::Tensor> silu_mul_gradient_cuda(const at::Tensor& gradient, const at::Tensor& gate,
                                                          const at::Tensor& up) {
  TORCH_CHECK(alike(gate, up) && alike(gradient, up), "silu_mul_gradient: shapes, dtypes or devices differ");
  const c10::cuda::CUDAGuard guard(gate.device());
  const auto outer = gradient.contiguous(), g = gate.contiguous(), u = up.contiguous();
  auto of_gate = at::empty_like(g), of_up = at::empty_like(u);
  if (g.numel() == 0) return {of_gate, of_up};
  const SiluMulGradientLaunch job{outer.const_data_ptr(),     g.const_data_ptr(),       u.const_data_ptr(),
                                  of_gate.mutable_data_ptr(), of_up.mutable_data_ptr(), g.numel()};
  C10_CUDA_CHECK(launch_silu_mul_gradient(float_type(g), job, c10::cuda::getCurrentCUDAStream()));
  return {of_gate, of_up};
}

}  // namespace

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) {
  library.impl("silu_mul", silu_mul_cuda);
  library.impl("silu_mul_gradient", silu_mul_gradient_cuda);
}

}  // namespace llama32med::kernels
