// Three operations of the text model that take libtorch four to eight passes over memory and a fused kernel one:
//
//   rms_norm(x, w, eps) = w * cast(x32 / sqrt(mean(x32^2) + eps))     x [.., W], w [W]
//   rotate(x, cos, sin) = cast([x1 cos - x2 sin | x2 cos + x1 sin])   x [B, H, L, d] = [x1 | x2], angles [B, 1, L, d/2]
//   silu_mul(gate, up)  = cast(gate / (1 + exp(-gate))) * up          both of the same shape
//
// Everything between the casts is fp32 (fp64 for fp64 tensors). Each operation is written twice: as a libtorch
// expression, which works on every device and is the definition, and as CUDA kernels (src/kernels/cuda), one for the
// result and one for the gradients, that round in the same places. The kernels run if they are loaded and the tensors
// are fp32, fp16 or bf16 on a GPU; otherwise the expression runs, and libtorch derives its gradients. Angles that need
// a gradient get it from the expression.
#pragma once
#include <ATen/core/Tensor.h>

namespace llama32med::kernels {

bool has_own_kernels(const at::Device& device);  // they are registered for it: a module was loaded that has them

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);
at::Tensor silu_mul(const at::Tensor& gate, const at::Tensor& up);

}  // namespace llama32med::kernels
