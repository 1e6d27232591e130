#include "llama32med/kernels/ops.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/silu.h>
#include <torch/library.h>

#include <algorithm>

#include "kernels/operators.h"

namespace llama32med::kernels {
namespace {

bool is_double(const at::Tensor& x) { return x.scalar_type() == at::kDouble; }

at::Tensor widened(const at::Tensor& x) { return is_double(x) ? x : x.to(at::kFloat); }

at::Tensor rms_norm_expression(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const auto wide = widened(x);
  const auto scaled = wide * (wide.square().mean(-1, /*keepdim=*/true) + eps).rsqrt();
  return weight * scaled.to(x.scalar_type());
}

at::Tensor rotate_expression(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const auto wide = widened(x);
  const auto half = x.size(-1) / 2;
  const auto first = wide.narrow(-1, 0, half), second = wide.narrow(-1, half, half);
  const auto c = cos.to(wide.scalar_type()), s = sin.to(wide.scalar_type());
  return at::cat({first * c - second * s, second * c + first * s}, -1).to(x.scalar_type());
}

at::Tensor silu_mul_expression(const at::Tensor& gate, const at::Tensor& up) { return at::silu(gate) * up; }

}  // namespace

bool is_registered(const c10::OperatorHandle& op, const at::Device& device) {
  return op.hasKernelForDispatchKey(c10::computeDispatchKey({}, {}, device));
}

bool own_kernel_serves(const c10::OperatorHandle& op, Inputs inputs) {
  for (const auto* input : inputs)
    if (input->defined() && (input->is_cpu() || is_double(*input))) return false;
  return is_registered(op, (*inputs.begin())->device());
}

bool needs_gradient(Inputs inputs) {
  return at::GradMode::is_enabled() &&
         std::ranges::any_of(inputs, [](const auto* input) { return input->defined() && input->requires_grad(); });
}

bool has_own_kernels(const at::Device& device) {
  return is_registered(find<decltype(rms_norm)>("l32m::rms_norm"), device);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  static const auto op = find<decltype(rms_norm)>("l32m::rms_norm");
  if (!own_kernel_serves(op, {&x, &weight})) return rms_norm_expression(x, weight, eps);
  return needs_gradient({&x, &weight}) ? rms_norm_with_gradient(x, weight, eps) : op.call(x, weight, eps);
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  static const auto op = find<decltype(rotate)>("l32m::rotate");
  if (!own_kernel_serves(op, {&x, &cos, &sin}) || needs_gradient({&cos, &sin})) return rotate_expression(x, cos, sin);
  return needs_gradient({&x}) ? rotate_with_gradient(x, cos, sin) : op.call(x, cos, sin);
}

at::Tensor silu_mul(const at::Tensor& gate, const at::Tensor& up) {
  static const auto op = find<decltype(silu_mul)>("l32m::silu_mul");
  if (!own_kernel_serves(op, {&gate, &up})) return silu_mul_expression(gate, up);
  return needs_gradient({&gate, &up}) ? silu_mul_with_gradient(gate, up) : op.call(gate, up);
}

TORCH_LIBRARY(l32m, library) {
  library.def("rms_norm(Tensor x, Tensor weight, float eps) -> Tensor");
  library.def("rotate(Tensor x, Tensor cos, Tensor sin) -> Tensor");
  library.def("silu_mul(Tensor gate, Tensor up) -> Tensor");
  library.def("rms_norm_gradient(Tensor gradient, Tensor x, Tensor weight, float eps) -> Tensor");
  library.def("rotate_gradient(Tensor gradient, Tensor cos, Tensor sin) -> Tensor");
  library.def("silu_mul_gradient(Tensor gradient, Tensor gate, Tensor up) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(l32m, CPU, library) {
  library.impl("rms_norm", rms_norm_expression);
  library.impl("rotate", rotate_expression);
  library.impl("silu_mul", silu_mul_expression);
}

}  // namespace llama32med::kernels
