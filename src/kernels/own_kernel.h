// Whether an operator runs as one of our kernels or as its expression. One place decides: the kernel runs if a module
// has registered one for the device, no input is fp64, and no gradient is needed.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include <initializer_list>

namespace llama32med::kernels {

template <class Signature>
c10::TypedOperatorHandle<Signature> find(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

inline bool is_registered(const c10::OperatorHandle& op, const at::Device& device) {
  return op.hasKernelForDispatchKey(c10::computeDispatchKey({}, {}, device));
}

// The kernels have no backward: autograd would treat their results as constants. Undefined inputs are optional ones.
inline bool own_kernel_serves(const c10::OperatorHandle& op, std::initializer_list<const at::Tensor*> inputs) {
  for (const auto* input : inputs) {
    if (!input->defined()) continue;
    if (input->is_cpu() || input->scalar_type() == at::kDouble) return false;
    if (at::GradMode::is_enabled() && input->requires_grad()) return false;
  }
  return is_registered(op, (*inputs.begin())->device());
}

}  // namespace llama32med::kernels
