// Kernels as nodes of an autograd graph. Nothing but inputs is kept for the backward pass: what the gradient needs of
// the result is computed again from them, which costs less than reading it from memory.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <tuple>

#include "kernels/operators.h"
#include "llama32med/kernels/decode_ops.h"
#include "llama32med/kernels/ops.h"

namespace llama32med::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

using RmsNormGradient = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, double);
using RotateGradient = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&);
using SiluMulGradient = std::tuple<at::Tensor, at::Tensor>(const at::Tensor&, const at::Tensor&, const at::Tensor&);

struct RmsNormNode final : Function<RmsNormNode> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, double eps) {
    context->save_for_backward({x, weight});
    context->saved_data["eps"] = eps;
    return rms_norm(x, weight, eps);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    static const auto of_x = find<RmsNormGradient>("l32m::rms_norm_gradient");
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &gradient = gradients[0];
    const auto eps = context->saved_data["eps"].toDouble();
    variable_list of_inputs(3);
    if (context->needs_input_grad(0)) of_inputs[0] = of_x.call(gradient, x, weight, eps);
    if (context->needs_input_grad(1)) {
      const auto normalized = rms_norm(x.detach(), at::ones_like(weight), eps);
      of_inputs[1] = (gradient * normalized).reshape({-1, x.size(-1)}).sum(0);
    }
    return of_inputs;
  }
};

struct RotateNode final : Function<RotateNode> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rotate(x, cos, sin);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    static const auto of_x = find<RotateGradient>("l32m::rotate_gradient");
    const auto saved = context->get_saved_variables();
    return {of_x.call(gradients[0], saved[0], saved[1]), {}, {}};
  }
};

struct SiluMulNode final : Function<SiluMulNode> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    context->save_for_backward({gate, up});
    return silu_mul(gate, up);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    static const auto of_both = find<SiluMulGradient>("l32m::silu_mul_gradient");
    const auto saved = context->get_saved_variables();
    const auto [of_gate, of_up] = of_both.call(gradients[0], saved[0], saved[1]);
    return {of_gate, of_up};
  }
};

struct SiluMulHalvesNode final : Function<SiluMulHalvesNode> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_up) {
    context->save_for_backward({gate_up});
    return silu_mul_halves(gate_up);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    static const auto of_both =
        find<at::Tensor(const at::Tensor&, const at::Tensor&)>("l32m::silu_mul_halves_gradient");
    return {of_both.call(gradients[0], context->get_saved_variables()[0])};
  }
};

}  // namespace

at::Tensor rms_norm_with_gradient(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return RmsNormNode::apply(x, weight, eps);
}

at::Tensor rotate_with_gradient(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return RotateNode::apply(x, cos, sin);
}

at::Tensor silu_mul_with_gradient(const at::Tensor& gate, const at::Tensor& up) { return SiluMulNode::apply(gate, up); }

at::Tensor silu_mul_halves_with_gradient(const at::Tensor& gate_up) { return SiluMulHalvesNode::apply(gate_up); }

}  // namespace llama32med::kernels
