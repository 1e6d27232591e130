#include "llama32med/nn/nf4_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <torch/csrc/autograd/custom_function.h>

namespace llama32med {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The packed weight in a form that an autograd context can store: handles, not copies.
struct Kept final : torch::CustomClassHolder {
  explicit Kept(Nf4Tensor kept) : weight(std::move(kept)) {}
  Nf4Tensor weight;
};

struct Product final : torch::autograd::Function<Product> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const std::optional<at::Tensor>& bias,
                            const Nf4Tensor& packed) {
    context->saved_data["weight"] = c10::IValue::make_capsule(c10::make_intrusive<Kept>(packed));
    context->saved_data["has_bias"] = bias.has_value();
    return at::linear(x, dequantize(packed, x.scalar_type()), bias);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto& gradient = gradients[0];  // [.., out]
    variable_list of_inputs(3);
    if (context->needs_input_grad(0)) {
      const auto kept = c10::static_intrusive_pointer_cast<Kept>(context->saved_data["weight"].toCapsule());
      of_inputs[0] = at::matmul(gradient, dequantize(kept->weight, gradient.scalar_type()));  // [.., in]
    }
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(1))
      of_inputs[1] = gradient.reshape({-1, gradient.size(-1)}).sum(0);
    return of_inputs;
  }
};

}  // namespace

at::Tensor Nf4Linear::forward(const at::Tensor& x) const {
  const bool learns = at::GradMode::is_enabled() && (x.requires_grad() || (bias_.defined() && bias_.requires_grad()));
  if (!bias_.defined() && kernels::nf4_matvec_serves(x, packed_)) return kernels::nf4_matvec(x, packed_);
  if (!learns) return at::linear(x, dequantize(packed_, x.scalar_type()), bias_);
  return Product::apply(x, bias_.defined() ? std::optional(bias_) : std::nullopt, packed_);
}

}  // namespace llama32med
