#include "models/mllama/text_layers.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/index_select.h>

#include "llama32med/kernels/decode_ops.h"
#include "llama32med/kernels/ops.h"
#include "llama32med/nn/attention.h"

namespace llama32med::mllama {
namespace {

// x [R, H d] -> [R, H, d]
at::Tensor heads_of(const at::Tensor& x, std::int64_t heads) { return x.unflatten(-1, {heads, -1}); }

Residual flattened(const Residual& x) {
  return {x.x.flatten(0, 1), x.branch.defined() ? x.branch.flatten(0, 1) : at::Tensor(), x.gate};
}

}  // namespace

TextMlp::TextMlp(const TextConfig& c, const Scope& scope)
    : gate_up_(scope, {{"gate_proj", {c.hidden_size, c.intermediate_size}},
                       {"up_proj", {c.hidden_size, c.intermediate_size}}}),
      down_proj_(scope.linear("down_proj", {c.intermediate_size, c.hidden_size})) {}

at::Tensor TextMlp::operator()(const at::Tensor& x) const {
  if (const auto both = gate_up_.together(x); both.defined()) return down_proj_(kernels::silu_mul_halves(both));
  const auto parts = gate_up_(x);
  return down_proj_(kernels::silu_mul(parts[0], parts[1]));
}

SelfLayer::SelfLayer(const TextConfig& c, const Scope& scope, std::int64_t cache_slot)
    : heads_(c.num_attention_heads),
      kv_heads_(c.num_key_value_heads),
      cache_slot_(cache_slot),
      input_layernorm_(scope / "input_layernorm", c.hidden_size, c.rms_norm_eps),
      post_attention_layernorm_(scope / "post_attention_layernorm", c.hidden_size, c.rms_norm_eps),
      qkv_(scope / "self_attn", {{"q_proj", {c.hidden_size, c.hidden_size}},
                                 {"k_proj", {c.hidden_size, c.key_value_size()}},
                                 {"v_proj", {c.hidden_size, c.key_value_size()}}}),
      o_proj_((scope / "self_attn").linear("o_proj", {c.hidden_size, c.hidden_size})),
      mlp_(c, scope / "mlp") {}

Residual SelfLayer::operator()(const Residual& in, const SelfContext& context) const {
  const auto [x, y] = input_layernorm_.after(in);
  const auto [h, z] = post_attention_layernorm_.after({x, o_proj_(merge_heads(attend(y, context)))});
  return {h, mlp_(z)};
}

at::Tensor SelfLayer::attend(const at::Tensor& y, const SelfContext& context) const {
  const auto projected = qkv_(y);
  auto q = split_heads(projected[0], heads_);
  KeysValues seen{split_heads(projected[1], kv_heads_), split_heads(projected[2], kv_heads_)};
  if (context.cache) {
    seen = remember(q, seen, context);
  } else {
    q = rotate(q, context.angles);
    seen.keys = rotate(seen.keys, context.angles);
  }
  switch (context.sight) {
    case Sight::kCausal:
      return attend_causal(q, seen.keys, seen.values);
    case Sight::kAll:
      return attend_all(q, seen.keys, seen.values);
    case Sight::kBiased:
      break;
  }
  return attend_biased(q, seen.keys, seen.values, context.bias);
}

KeysValues SelfLayer::remember(at::Tensor& q, const KeysValues& fresh, const SelfContext& context) const {
  const auto& [cos, sin] = context.angles;
  if (!q.is_cpu()) {
    const auto& held = context.cache->room(cache_slot_, fresh.keys);
    q = kernels::rotate_append({q, fresh.keys, fresh.values}, {cos, sin, context.positions, held.keys, held.values});
    return {held.keys.narrow(2, 0, context.keys), held.values.narrow(2, 0, context.keys)};
  }
  q = rotate(q, context.angles);
  const KeysValues rotated{rotate(fresh.keys, context.angles), fresh.values};
  const auto all = context.cache->extend(cache_slot_, rotated);
  return context.sight == Sight::kCausal ? rotated : all;
}

at::Tensor TanhGate::operator()() const {
  if (at::GradMode::is_enabled() && value_.requires_grad()) return value_.tanh();
  if (const auto version = static_cast<std::int64_t>(value_._version()); version != version_) {
    kept_ = value_.detach().tanh();
    version_ = version;
  }
  return kept_;
}

CrossLayer::CrossLayer(const TextConfig& c, const Scope& scope)
    : heads_(c.num_attention_heads),
      kv_heads_(c.num_key_value_heads),
      input_layernorm_(scope / "input_layernorm", c.hidden_size, c.rms_norm_eps),
      post_attention_layernorm_(scope / "post_attention_layernorm", c.hidden_size, c.rms_norm_eps),
      q_norm_(scope / "cross_attn" / "q_norm", c.head_dim(), c.rms_norm_eps),
      k_norm_(scope / "cross_attn" / "k_norm", c.head_dim(), c.rms_norm_eps),
      q_proj_((scope / "cross_attn").linear("q_proj", {c.hidden_size, c.hidden_size})),
      kv_(scope / "cross_attn",
          {{"k_proj", {c.hidden_size, c.key_value_size()}}, {"v_proj", {c.hidden_size, c.key_value_size()}}}),
      o_proj_((scope / "cross_attn").linear("o_proj", {c.hidden_size, c.hidden_size})),
      mlp_(c, scope / "mlp"),
      attn_gate_(scope, "cross_attn_attn_gate"),
      mlp_gate_(scope, "cross_attn_mlp_gate") {}

KeysValues CrossLayer::keys_values(const at::Tensor& states) const {
  const auto by_head = [&](const at::Tensor& rows) { return rows.transpose(0, 1).contiguous(); };
  const auto parts = kv_(states);
  return {by_head(k_norm_(heads_of(parts[0], kv_heads_))), by_head(heads_of(parts[1], kv_heads_))};
}

at::Tensor CrossLayer::attend(const at::Tensor& normed, const ViewPlan& plan, const KeysValues& memory,
                              const std::vector<ImageKeys>& images) const {
  const auto q = q_norm_(heads_of(q_proj_(normed), heads_));
  return o_proj_(attend_views(plan, q, memory, images).flatten(1));
}

Residual CrossLayer::look(const Residual& in, const ViewPlan& plan, const KeysValues& memory,
                          const std::vector<ImageKeys>& images) const {
  const auto [x, y] = input_layernorm_.after(in);
  const auto [h, z] = post_attention_layernorm_.after({x, attend(y, plan, memory, images), attn_gate_()});
  return {h, mlp_(z), mlp_gate_()};
}

Residual CrossLayer::operator()(const Residual& in, const ViewPlan& plan, const KeysValues& memory,
                                const std::vector<ImageKeys>& images) const {
  if (plan.empty()) return in;
  const auto sizes = in.x.sizes();
  const bool all_see = plan.leaks.empty();
  if (all_see && !plan.rows.defined()) {
    const auto out = look(flattened(in), plan, memory, images);
    return {out.x.view(sizes), out.branch.view(sizes), out.gate};
  }
  const auto flat = in.sum().flatten(0, 1);                                        // [B L, D]
  const auto rows = plan.rows.defined() ? flat.index_select(0, plan.rows) : flat;  // [R, D]
  if (all_see) return {flat.index_copy(0, plan.rows, look({rows}, plan, memory, images).sum()).view(sizes)};
  const auto h = rows + attn_gate_() * attend(input_layernorm_(rows), plan, memory, images);
  const auto looking = h.narrow(0, 0, plan.seeing);  // leaking rows skip the MLP
  const auto leaking = h.narrow(0, plan.seeing, h.size(0) - plan.seeing);
  const auto done = at::cat({looking + mlp_gate_() * mlp_(post_attention_layernorm_(looking)), leaking});
  return {plan.rows.defined() ? flat.index_copy(0, plan.rows, done).view(sizes) : done.view(sizes)};
}

}  // namespace llama32med::mllama
