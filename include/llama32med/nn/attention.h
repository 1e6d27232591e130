// Softmax attention, always scaled by d^-1/2, on libtorch's fused kernels.
//
// Shapes: q [B, H, Lq, d], k and v [B, Hkv, Lk, d], H a multiple of Hkv: query head j reads key head j / (H / Hkv)
// (grouped-query attention, https://arxiv.org/abs/2305.13245). Result [B, H, Lq, d].
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace llama32med {

// Splits and merges heads: [B, L, H d] <-> [B, H, L, d].
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads);
at::Tensor merge_heads(const at::Tensor& x);

// Every query attends to every key.
at::Tensor attend_all(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// Query i attends to keys 0 .. i; Lq = Lk.
at::Tensor attend_causal(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// `bias` is added to the scores: 0 or log(m) for a visible key, -inf for a masked one. It is broadcast to [B, H, Lq,
// Lk]; one for grouped heads ([B, 1, Lq, Lk]) comes from prepared_bias(), once for all layers: in the dtype of q, and
// on a GPU repeated for the key heads and the query heads of each, [B Hkv, 1, (H / Hkv) Lq, Lk], since no fused kernel
// takes both a mask and grouped heads.
struct HeadCounts {
  std::int64_t queries, keys;  // H and Hkv
};
at::Tensor prepared_bias(const at::Tensor& bias, const at::TensorOptions& target, const HeadCounts& heads);
at::Tensor attend_biased(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias);

// Keys that count as several identical ones, prepared once for all layers. fp32 and fp64 add log m to the scores. Half
// types would round it (log 7 by 0.2 %), so there it is stored in spare feature columns as a sum of three terms (error
// of the multiplicity below 2e-8), which also allows mask-free kernels.
struct KeyMultiplicity {
  at::Tensor bias;                      // [1, 1, 1, Lk] in the dtype of the scores, or undefined
  at::Tensor query_columns, key_terms;  // [spare] and [Lk, spare], or undefined

  bool defined() const { return bias.defined() || key_terms.defined(); }
};
// log_multiplicity [Lk] fp64: log m of each key.
KeyMultiplicity key_multiplicity(const at::Tensor& log_multiplicity, std::int64_t head_dim, at::ScalarType dtype);

// Every query attends to every key; key j counts m_j times.
at::Tensor attend_multiple(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const KeyMultiplicity& multiplicity);

}  // namespace llama32med
