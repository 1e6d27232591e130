// Our operators in libtorch's dispatcher. A schema is registered in the source file of the function that needs it, so
// that calling one also links it, even from a static library; the module in src/kernels/cuda registers the kernels.
#pragma once
#include <ATen/core/dispatch/Dispatcher.h>

namespace llama32med::kernels {

template <class Signature>
c10::TypedOperatorHandle<Signature> find(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

bool is_registered(const c10::OperatorHandle& op, const at::Device& device);

// With a gradient for every input that needs one, each pass one launch. Only where the kernels are registered.
at::Tensor rms_norm_with_gradient(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rotate_with_gradient(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);  // only for x
at::Tensor silu_mul_with_gradient(const at::Tensor& gate, const at::Tensor& up);

}  // namespace llama32med::kernels
