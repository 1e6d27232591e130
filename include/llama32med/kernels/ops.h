// Three pieces of the text model that libtorch does in four to eight passes over memory and one kernel does in one:
//
//   rms_norm(x, w, eps) = w * cast(x32 / sqrt(mean(x32^2) + eps))     x [.., W], w [W]
//   rotate(x, cos, sin) = cast([x1 cos - x2 sin | x2 cos + x1 sin])   x [B, H, L, d] = [x1 | x2], angles [B, 1, L, d/2]
//   silu_mul(gate, up)  = cast(gate / (1 + exp(-gate))) * up          both of one shape
//
// Everything between the casts is fp32 (fp64 of fp64 tensors). Each is written twice: as an expression of libtorch,
// which works on every device and has gradients, and as a CUDA kernel (src/kernels/cuda) of the same roundings. Our
// kernel runs where it is loaded, the tensors are fp32, fp16 or bf16 on a GPU, and no gradient is asked for; else the
// expression does.
#pragma once
#include <ATen/core/Tensor.h>

namespace llama32med::kernels {

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);
at::Tensor silu_mul(const at::Tensor& gate, const at::Tensor& up);

}  // namespace llama32med::kernels
