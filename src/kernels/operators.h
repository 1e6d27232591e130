// Our operators in libtorch's dispatcher. A schema is registered in the source file of the function that needs it, so
// that calling one also links it, even from a static library; the module in src/kernels/cuda registers the kernels.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <initializer_list>

namespace llama32med::kernels {

template <class Signature>
c10::TypedOperatorHandle<Signature> find(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

bool is_registered(const c10::OperatorHandle& op, const at::Device& device);

// Whether a kernel of ours takes these inputs: it is registered for the device, and none is fp64. Undefined inputs are
// optional ones.
using Inputs = std::initializer_list<const at::Tensor*>;
bool own_kernel_serves(const c10::OperatorHandle& op, Inputs inputs);
// Whether autograd asks for a gradient of any input. It would treat the result of a kernel without one as a constant.
bool needs_gradient(Inputs inputs);

// With a gradient for every input that needs one, each pass one launch. Only where the kernels are registered.
at::Tensor rms_norm_with_gradient(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rotate_with_gradient(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);  // only for x
at::Tensor silu_mul_with_gradient(const at::Tensor& gate, const at::Tensor& up);
at::Tensor silu_mul_halves_with_gradient(const at::Tensor& gate_up);

}  // namespace llama32med::kernels
