#include "llama32med/nn/attention.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <optional>

namespace llama32med {
namespace {

constexpr std::int64_t kSpareColumns = 8;  // fused kernels need head sizes that are multiples of 8

// Moves the query heads that share a key head to the sequence dimension: [B, H, L, d] -> [B, Hkv, (H/Hkv) L, d]. Valid
// only if all queries attend to the same keys.
at::Tensor fold_groups(const at::Tensor& q, std::int64_t key_heads) {
  return q.size(1) == key_heads ? q : q.reshape({q.size(0), key_heads, -1, q.size(3)});
}

// [B, H, L, d] -> [B H, 1, L, d]
at::Tensor heads_as_rows(const at::Tensor& x) { return x.flatten(0, 1).unsqueeze(1); }
bool can_view_heads_as_rows(const at::Tensor& x) { return x.size(0) == 1 || x.stride(0) == x.size(1) * x.stride(1); }

// Every query attends to the keys that `bias` leaves, one for each row of keys and folded query. Fused kernels of a GPU
// return [B, L, H, d] in memory. With one head per row that is also [B, H, L, d], and unfolding it needs no
// copy.
at::Tensor attend_by_key_head(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::optional<at::Tensor>& bias) {
  const auto folded = fold_groups(q, k.size(1));
  return at::scaled_dot_product_attention(heads_as_rows(folded), heads_as_rows(k), heads_as_rows(v), bias)
      .view(q.sizes());
}

bool is_wide(at::ScalarType type) { return type == at::kFloat || type == at::kDouble; }

double root_of(std::int64_t head_dim) { return std::sqrt(static_cast<double>(head_dim)); }

// [B, Hkv, L, d] -> [B, H, L, d]: no fused kernel of a GPU takes grouped heads in fp32.
at::Tensor for_each_query_head(const at::Tensor& x, std::int64_t heads) {
  return x.unsqueeze(2).expand({-1, -1, heads / x.size(1), -1, -1}).flatten(1, 2);
}

// log m as a sum of three terms in a half type, multiplied by the root that the scale divides by. [Lk] -> [Lk, 3]
at::Tensor multiplicity_terms(const at::Tensor& log_multiplicity, double root, at::ScalarType type) {
  auto rest = log_multiplicity.to(at::kDouble) * root;
  std::vector<at::Tensor> terms;
  for (int i = 0; i < 3; ++i) {
    terms.push_back(rest.to(type));
    rest = rest - terms.back().to(at::kDouble);
  }
  return at::stack(terms, -1);
}

// The spare columns are 1 in the queries, the terms of log m in the keys, 0 in the values.
at::Tensor attend_spare_columns(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                const KeyMultiplicity& multiplicity) {
  const auto head_dim = q.size(3);
  const auto q_tail = multiplicity.query_columns.expand({q.size(0), q.size(1), q.size(2), kSpareColumns});
  const auto k_tail = multiplicity.key_terms.expand({k.size(0), k.size(1), k.size(2), kSpareColumns});
  const auto out = at::scaled_dot_product_attention(at::cat({q, q_tail}, 3), at::cat({k, k_tail}, 3),
                                                    at::constant_pad_nd(v, {0, kSpareColumns}), /*attn_mask=*/{},
                                                    /*dropout_p=*/0.0, /*is_causal=*/false, 1 / root_of(head_dim));
  return out.narrow(3, 0, head_dim);
}

}  // namespace

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

at::Tensor merge_heads(const at::Tensor& x) { return x.transpose(1, 2).flatten(2); }

at::Tensor attend_all(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const bool grouped = q.size(1) != k.size(1);
  if (!q.is_cpu() && grouped && can_view_heads_as_rows(k) && can_view_heads_as_rows(v))
    return attend_by_key_head(q, k, v, {});
  return at::scaled_dot_product_attention(fold_groups(q, k.size(1)), k, v).reshape(q.sizes());
}

at::Tensor attend_causal(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  if (!q.is_cpu() && is_wide(q.scalar_type()))
    return at::scaled_dot_product_attention(q, for_each_query_head(k, q.size(1)), for_each_query_head(v, q.size(1)),
                                            /*attn_mask=*/{}, /*dropout_p=*/0.0, /*is_causal=*/true);
  return at::scaled_dot_product_attention(q, k, v, /*attn_mask=*/{}, /*dropout_p=*/0.0, /*is_causal=*/true,
                                          /*scale=*/{}, /*enable_gqa=*/q.size(1) != k.size(1));
}

at::Tensor prepared_bias(const at::Tensor& bias, const at::TensorOptions& target, const HeadCounts& heads) {
  const auto cast = bias.to(c10::typeMetaToScalarType(target.dtype()));
  if (bias.is_cpu() || heads.queries == heads.keys) return cast;
  const auto groups = bias.size(2) == 1 ? 1 : heads.queries / heads.keys;  // one query per row: broadcast to its group
  const auto folded = cast.expand({-1, groups, -1, -1}).flatten(1, 2).unsqueeze(1);
  return heads_as_rows(folded.expand({-1, heads.keys, -1, -1}));
}

at::Tensor attend_biased(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias) {
  if (!q.is_cpu() && q.size(1) != k.size(1)) return attend_by_key_head(q, k, v, bias);
  return at::scaled_dot_product_attention(q, k, v, bias.to(q.scalar_type()), /*dropout_p=*/0.0, /*is_causal=*/false,
                                          /*scale=*/{}, /*enable_gqa=*/q.size(1) != k.size(1));
}

KeyMultiplicity key_multiplicity(const at::Tensor& log_multiplicity, std::int64_t head_dim, at::ScalarType dtype) {
  if (is_wide(dtype)) return {.bias = log_multiplicity.to(dtype).view({1, 1, 1, -1})};
  const auto terms = multiplicity_terms(log_multiplicity, root_of(head_dim), dtype);
  const auto spare = kSpareColumns - terms.size(1);
  return {.query_columns = at::constant_pad_nd(at::ones({terms.size(1)}, terms.options()), {0, spare}),
          .key_terms = at::constant_pad_nd(terms, {0, spare})};
}

at::Tensor attend_multiple(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const KeyMultiplicity& multiplicity) {
  const auto folded = fold_groups(q, k.size(1));
  const auto seen = multiplicity.bias.defined() ? attend_biased(folded, k, v, multiplicity.bias)
                                                : attend_spare_columns(folded, k, v, multiplicity);
  return seen.reshape(q.sizes());
}

}  // namespace llama32med
