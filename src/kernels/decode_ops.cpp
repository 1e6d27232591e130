#include "llama32med/kernels/decode_ops.h"

#include <ATen/ops/scatter.h>
#include <torch/library.h>

#include "kernels/operators.h"
#include "llama32med/kernels/ops.h"

namespace llama32med::kernels {
namespace {

// These kernels have no gradient.
bool runs_as_kernel(const c10::OperatorHandle& op, Inputs inputs) {
  return own_kernel_serves(op, inputs) && !needs_gradient(inputs);
}

using SumAndNorm = std::tuple<at::Tensor, at::Tensor>;

SumAndNorm add_rms_norm_expression(const at::Tensor& x, const at::Tensor& branch, const std::optional<at::Tensor>& gate,
                                   const at::Tensor& weight, double eps) {
  const bool gated = gate && gate->defined();
  auto sum = x + (gated ? *gate * branch : branch);
  auto normed = rms_norm(sum, weight, eps);
  return {std::move(sum), std::move(normed)};
}

at::Tensor rotate_append_expression(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                    const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions,
                                    at::Tensor keys, at::Tensor values) {
  const auto slots = positions.unsqueeze(1).unsqueeze(-1).expand(k.sizes());  // [B, Hkv, L, d]
  keys.scatter_(2, slots, rotate(k, cos, sin));
  values.scatter_(2, slots, v);
  return rotate(q, cos, sin);
}

at::Tensor silu_mul_halves_expression(const at::Tensor& gate_up) {
  const auto width = gate_up.size(-1) / 2;
  return silu_mul(gate_up.narrow(-1, 0, width), gate_up.narrow(-1, width, width));
}

}  // namespace

std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& gate,
                                               const at::Tensor& weight, double eps) {
  static const auto op = find<decltype(add_rms_norm_expression)>("l32m::add_rms_norm");
  auto [sum, normed] = runs_as_kernel(op, {&x, &branch, &gate, &weight})
                           ? op.call(x, branch, gate.defined() ? std::optional(gate) : std::nullopt, weight, eps)
                           : add_rms_norm_expression(x, branch, gate, weight, eps);
  return {std::move(sum), std::move(normed)};
}

at::Tensor rotate_append(const HeadInputs& heads, const CacheSlots& slots) {
  static const auto op = find<decltype(rotate_append_expression)>("l32m::rotate_append");
  const auto& [q, k, v] = heads;
  const auto run = [&](const auto& function) {
    return function(q, k, v, slots.cos, slots.sin, slots.positions, slots.keys, slots.values);
  };
  if (!runs_as_kernel(op, {&q, &k, &v, &slots.keys, &slots.values})) return run(rotate_append_expression);
  return run([](auto&&... arguments) { return op.call(arguments...); });
}

at::Tensor silu_mul_halves(const at::Tensor& gate_up) {
  static const auto op = find<decltype(silu_mul_halves)>("l32m::silu_mul_halves");
  if (!own_kernel_serves(op, {&gate_up})) return silu_mul_halves_expression(gate_up);
  return needs_gradient({&gate_up}) ? silu_mul_halves_with_gradient(gate_up) : op.call(gate_up);
}

TORCH_LIBRARY_FRAGMENT(l32m, library) {
  library.def("add_rms_norm(Tensor x, Tensor branch, Tensor? gate, Tensor weight, float eps) -> (Tensor, Tensor)");
  library.def(
      "rotate_append(Tensor q, Tensor k, Tensor v, Tensor cos, Tensor sin, Tensor positions, Tensor(a!) keys, "
      "Tensor(b!) values) -> Tensor");
  library.def("silu_mul_halves(Tensor gate_up) -> Tensor");
  library.def("silu_mul_halves_gradient(Tensor gradient, Tensor gate_up) -> Tensor");
}

TORCH_LIBRARY_IMPL(l32m, CPU, library) {
  library.impl("add_rms_norm", add_rms_norm_expression);
  library.impl("rotate_append", rotate_append_expression);
  library.impl("silu_mul_halves", silu_mul_halves_expression);
}

}  // namespace llama32med::kernels
