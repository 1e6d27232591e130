// Operations of a text layer that are several launches as expressions and one as a kernel of ours: decoding a token is
// bound by launches. Expressions and kernels as in ops.h; all round in the same places.
#pragma once
#include <ATen/core/Tensor.h>

#include <utility>

namespace llama32med::kernels {

// The residual connection and the norm after it: sum = x + gate * branch, and rms_norm(sum, weight, eps). x and branch
// [.., W], gate [1] or undefined for 1.
std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& gate,
                                               const at::Tensor& weight, double eps);

struct HeadInputs {
  at::Tensor q, k, v;  // [B, H, L, d], [B, Hkv, L, d]: views of projections, with any strides
};
struct CacheSlots {
  at::Tensor cos, sin;      // [B, 1, L, d/2] fp32
  at::Tensor positions;     // [B, L] int64: the slots to write
  at::Tensor keys, values;  // [B, Hkv, C, d], contiguous
};
// Rotates q and k (ops.h), writes k and v to their slots, and returns q.
at::Tensor rotate_append(const HeadInputs& heads, const CacheSlots& slots);

// silu(gate) * up for [.., 2 W] = [gate | up], with any row stride.
at::Tensor silu_mul_halves(const at::Tensor& gate_up);

}  // namespace llama32med::kernels
