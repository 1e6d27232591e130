#include "models/mllama/text_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "llama32med/kernels/ops.h"
#include "llama32med/nn/attention.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med::mllama {
namespace {

std::vector<std::variant<SelfLayer, CrossLayer>> make_layers(const TextConfig& config, const Scope& scope) {
  std::vector<std::variant<SelfLayer, CrossLayer>> layers;
  std::int64_t cache_slot = 0;
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    if (config.is_cross(i))
      layers.emplace_back(std::in_place_type<CrossLayer>, config, scope / i);
    else
      layers.emplace_back(std::in_place_type<SelfLayer>, config, scope / i, cache_slot++);
  }
  return layers;
}

const std::vector<ImageKeys>& images_of(const ImageMemory& memory) {
  static const std::vector<ImageKeys> kNone;
  return memory.layout ? dynamic_cast<const CrossLayout&>(*memory.layout).images : kNone;
}

// x [R, H d] -> [R, H, d]
at::Tensor heads_of(const at::Tensor& x, std::int64_t heads) { return x.unflatten(-1, {heads, -1}); }

}  // namespace

TextMlp::TextMlp(const TextConfig& c, const Scope& scope)
    : gate_proj_(scope.linear("gate_proj", {c.hidden_size, c.intermediate_size})),
      up_proj_(scope.linear("up_proj", {c.hidden_size, c.intermediate_size})),
      down_proj_(scope.linear("down_proj", {c.intermediate_size, c.hidden_size})) {}

at::Tensor TextMlp::operator()(const at::Tensor& x) const {
  return down_proj_(kernels::silu_mul(gate_proj_(x), up_proj_(x)));
}

SelfLayer::SelfLayer(const TextConfig& c, const Scope& scope, std::int64_t cache_slot)
    : heads_(c.num_attention_heads),
      kv_heads_(c.num_key_value_heads),
      cache_slot_(cache_slot),
      input_layernorm_(scope / "input_layernorm", c.hidden_size, c.rms_norm_eps),
      post_attention_layernorm_(scope / "post_attention_layernorm", c.hidden_size, c.rms_norm_eps),
      q_proj_((scope / "self_attn").linear("q_proj", {c.hidden_size, c.hidden_size})),
      k_proj_((scope / "self_attn").linear("k_proj", {c.hidden_size, c.key_value_size()})),
      v_proj_((scope / "self_attn").linear("v_proj", {c.hidden_size, c.key_value_size()})),
      o_proj_((scope / "self_attn").linear("o_proj", {c.hidden_size, c.hidden_size})),
      mlp_(c, scope / "mlp") {}

at::Tensor SelfLayer::operator()(const at::Tensor& x, const SelfContext& context) const {
  const auto h = x + o_proj_(merge_heads(attend(input_layernorm_(x), context)));
  return h + mlp_(post_attention_layernorm_(h));
}

at::Tensor SelfLayer::attend(const at::Tensor& y, const SelfContext& context) const {
  const auto q = rotate(split_heads(q_proj_(y), heads_), context.angles);
  KeysValues seen{rotate(split_heads(k_proj_(y), kv_heads_), context.angles), split_heads(v_proj_(y), kv_heads_)};
  if (context.cache) {
    const auto all = context.cache->extend(cache_slot_, seen);
    if (context.sight != Sight::kCausal) seen = all;
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

CrossLayer::CrossLayer(const TextConfig& c, const Scope& scope)
    : heads_(c.num_attention_heads),
      kv_heads_(c.num_key_value_heads),
      input_layernorm_(scope / "input_layernorm", c.hidden_size, c.rms_norm_eps),
      post_attention_layernorm_(scope / "post_attention_layernorm", c.hidden_size, c.rms_norm_eps),
      q_norm_(scope / "cross_attn" / "q_norm", c.head_dim(), c.rms_norm_eps),
      k_norm_(scope / "cross_attn" / "k_norm", c.head_dim(), c.rms_norm_eps),
      q_proj_((scope / "cross_attn").linear("q_proj", {c.hidden_size, c.hidden_size})),
      k_proj_((scope / "cross_attn").linear("k_proj", {c.hidden_size, c.key_value_size()})),
      v_proj_((scope / "cross_attn").linear("v_proj", {c.hidden_size, c.key_value_size()})),
      o_proj_((scope / "cross_attn").linear("o_proj", {c.hidden_size, c.hidden_size})),
      mlp_(c, scope / "mlp"),
      attn_gate_(scope.weight("cross_attn_attn_gate", {1})),
      mlp_gate_(scope.weight("cross_attn_mlp_gate", {1})) {}

KeysValues CrossLayer::keys_values(const at::Tensor& states) const {
  const auto by_head = [&](const at::Tensor& rows) { return rows.transpose(0, 1).contiguous(); };
  return {by_head(k_norm_(heads_of(k_proj_(states), kv_heads_))), by_head(heads_of(v_proj_(states), kv_heads_))};
}

at::Tensor CrossLayer::operator()(const at::Tensor& x, const ViewPlan& plan, const KeysValues& memory,
                                  const std::vector<ImageKeys>& images) const {
  if (plan.empty()) return x;
  const auto flat = x.flatten(0, 1);         // [B L, D]
  auto h = flat.index_select(0, plan.rows);  // [R, D]
  const auto q = q_norm_(heads_of(q_proj_(input_layernorm_(h)), heads_));
  const auto seen = attend_views(plan, q, memory, images).flatten(1);
  h = h + attn_gate_.tanh() * o_proj_(seen);
  auto looking = h.narrow(0, 0, plan.seeing);  // leaking rows skip the MLP
  looking = looking + mlp_gate_.tanh() * mlp_(post_attention_layernorm_(looking));
  const auto leaking = h.narrow(0, plan.seeing, h.size(0) - plan.seeing);
  return flat.index_copy(0, plan.rows, at::cat({looking, leaking})).view(x.sizes());
}

TextModel::TextModel(const TextConfig& c, const Scope& scope, const BackboneOptions& options)
    : config_(c),
      semantics_(options.semantics),
      activations_(options.text_activations),
      target_(scope.target()),
      embed_tokens_((scope / "model" / "embed_tokens").weight("weight", {c.embeddings(), c.hidden_size})),
      layers_(make_layers(c, scope / "model" / "layers")),
      norm_(scope / "model" / "norm", c.hidden_size, c.rms_norm_eps),
      lm_head_(scope.linear("lm_head", {c.hidden_size, c.vocab_size})),
      rope_(c.rope, scope.target().device()) {}

KvCache TextModel::new_cache() const {
  return KvCache(static_cast<std::int64_t>(config_.num_hidden_layers -
                                           static_cast<std::int64_t>(config_.cross_attention_layers.size())));
}

ImageMemory TextModel::image_memory(const std::vector<ImageStates>& states) const {
  ImageMemory memory;
  if (states.empty()) return memory;
  const auto layout = std::make_shared<CrossLayout>();
  std::vector<at::Tensor> rows;
  std::int64_t begin = 0;
  for (const auto& image : states) {
    const auto per_tile = image.values.size(1);
    const auto real = image.real_tiles * per_tile, all = image.values.size(0) * per_tile;
    layout->images.push_back({begin, real, all - real, image.padded_copies});
    rows.push_back(image.values.flatten(0, 1));
    begin += all;
  }
  const auto keys_from = at::cat(rows);  // [K, D]
  std::vector<at::Tensor> values;
  for (const auto& layer : layers_) {
    const auto* cross = std::get_if<CrossLayer>(&layer);
    if (!cross) continue;
    auto made = cross->keys_values(keys_from);
    memory.tensors.push_back(std::move(made.keys));
    values.push_back(std::move(made.values));
  }
  memory.tensors.insert(memory.tensors.end(), values.begin(), values.end());
  memory.tokens.assign(states.size(), 1);
  memory.layout = layout;
  return memory;
}

SelfContext TextModel::self_context(const TextBatch& text, KvCache* cache) const {
  const auto rows = text.ids.size(0), length = text.ids.size(1);
  const bool fresh = !cache || cache->empty();
  const auto before = fresh ? std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0) : cache->lengths();
  const auto begin = index_tensor(before, target_.device()).unsqueeze(1);
  const auto positions = begin + at::arange(length, at::device(target_.device()).dtype(at::kLong));  // [B, L]
  SelfContext context{rope_.angles(positions), cache, Sight::kCausal, {}};
  if (fresh) return context;
  const bool even = std::adjacent_find(before.begin(), before.end(), std::not_equal_to<>()) == before.end();
  if (even && length == 1) {
    context.sight = Sight::kAll;
    return context;
  }
  context.sight = Sight::kBiased;
  const auto keys = at::arange(cache->longest() + length, positions.options());
  const auto seen = keys <= positions.unsqueeze(-1);  // [B, L, E]
  const auto bias = at::where(seen, 0.0, -std::numeric_limits<double>::infinity()).unsqueeze(1);
  context.bias = prepared_bias(bias, target_, config_.num_attention_heads / config_.num_key_value_heads);
  return context;
}

// The block outlives this pass, so it captures copies of everything but the layer.
at::Tensor TextModel::recomputed(const SelfLayer& layer, const at::Tensor& x, const SelfContext& context) {
  return recompute([&layer, context](const std::vector<at::Tensor>& in) { return layer(in[0], context); }, {x});
}

at::Tensor TextModel::recomputed(const CrossLayer& layer, const at::Tensor& x, const ViewPlan& plan,
                                 const KeysValues& memory, const std::vector<ImageKeys>& images) {
  const auto block = [&layer, plan, images](const std::vector<at::Tensor>& in) {
    return layer(in[0], plan, {in[1], in[2]}, images);
  };
  return recompute(block, {x, memory.keys, memory.values});
}

at::Tensor TextModel::decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache,
                             const Observer& observer) const {
  const auto context = self_context(text, cache);
  const auto plan = make_view_plan(text, text.ids.size(1), semantics_, target_.device());
  auto x = at::embedding(embed_tokens_, text.ids.to(target_.device()));  // [B, L, D]
  const bool again = activations_ == Activations::kRecompute && at::GradMode::is_enabled() && !cache;
  const auto& images = images_of(memory);
  std::size_t cross = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (observer) observer(fmt::format("hidden_{}", i), x);
    if (const auto* self = std::get_if<SelfLayer>(&layers_[i])) {
      x = again ? recomputed(*self, x, context) : (*self)(x, context);
    } else if (!images.empty()) {
      const auto& layer = std::get<CrossLayer>(layers_[i]);
      const KeysValues seen{memory.tensors[cross], memory.tensors[memory.tensors.size() / 2 + cross]};
      x = again ? recomputed(layer, x, plan, seen, images) : layer(x, plan, seen, images);
      ++cross;
    }
  }
  if (cache) cache->advance(text.lengths);
  x = norm_(x);
  if (observer) observer(fmt::format("hidden_{}", layers_.size()), x);
  return x;
}

}  // namespace llama32med::mllama
