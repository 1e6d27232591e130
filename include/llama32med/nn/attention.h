// Softmax attention, always scaled by d^-1/2, on libtorch's fused kernels.
//
// Shapes: q [B, H, Lq, d], k and v [B, Hkv, Lk, d], H a multiple of Hkv: query head j reads key head j / (H / Hkv)
// (grouped-query attention, https://arxiv.org/abs/2305.13245). Result [B, H, Lq, d].
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace llama32med {

// Heads apart and together: [B, L, H d] <-> [B, H, L, d].
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads);
at::Tensor merge_heads(const at::Tensor& x);

// Every query sees every key.
at::Tensor attend_all(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// Query i sees keys 0 .. i; Lq = Lk.
at::Tensor attend_causal(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// `bias` (broadcast to [B, H, Lq, Lk]) is added to the scores: 0 or log(m) where a key may be seen, -inf where not.
at::Tensor attend_biased(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias);

// Every query sees every key, key j as if it stood there exp(log_multiplicity[j]) times. log_multiplicity [Lk].
// fp32 and fp64 add it to the scores. Half types would round it (log 7 by 0.2 %): there it rides in spare feature
// columns as a sum of three terms, an error of the multiplicity below 2e-8, and mask-free kernels serve.
at::Tensor attend_multiple(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const at::Tensor& log_multiplicity);

}  // namespace llama32med
