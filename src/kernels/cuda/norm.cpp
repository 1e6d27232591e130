#include "kernels/cuda/norm.h"

#include <ATen/ops/empty_like.h>

#include "kernels/cuda/module.h"

namespace llama32med::kernels {
namespace {

void check_weight(const at::Tensor& x, const at::Tensor& weight) {
  TORCH_CHECK(x.dim() > 0 && weight.dim() == 1 && weight.size(0) == x.size(-1), "rms_norm: weight does not match x");
  TORCH_CHECK(weight.scalar_type() == x.scalar_type() && weight.device() == x.device(),
              "rms_norm: dtypes or devices differ");
}

at::Tensor rms_norm_cuda(const at::Tensor& x, const at::Tensor& weight, double eps) {
  check_weight(x, weight);
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

at::Tensor rms_norm_gradient_cuda(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& weight,
                                  double eps) {
  check_weight(x, weight);
  TORCH_CHECK(alike(gradient, x), "rms_norm_gradient: gradient and x differ in shape, dtype or device");
  const c10::cuda::CUDAGuard guard(x.device());
  const auto outer = gradient.contiguous(), rows = x.contiguous(), factors = weight.contiguous();
  auto out = at::empty_like(rows);
  if (rows.numel() == 0) return out;
  const RmsNormGradientLaunch job{outer.const_data_ptr(), rows.const_data_ptr(),     factors.const_data_ptr(),
                                  out.mutable_data_ptr(), rows.numel() / x.size(-1), x.size(-1),
                                  static_cast<float>(eps)};
  C10_CUDA_CHECK(launch_rms_norm_gradient(float_type(rows), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) {
  library.impl("rms_norm", rms_norm_cuda);
  library.impl("rms_norm_gradient", rms_norm_gradient_cuda);
}

}  // namespace llama32med::kernels
