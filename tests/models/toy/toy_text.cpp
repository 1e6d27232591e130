#include "models/toy/toy_text.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <limits>

#include "llama32med/kernels/ops.h"
#include "llama32med/models/early_fusion.h"
#include "llama32med/nn/attention.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med::toy {
namespace {

std::vector<Layer> make_layers(const Config& config, const Scope& scope) {
  std::vector<Layer> layers;
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) layers.emplace_back(config, scope / i, i);
  return layers;
}

// The image spans of a row, with indices relative to the row's first token, which may be in the cache.
std::vector<ImageSpan> spans_of_row(const TextBatch& text, std::int64_t row, std::int64_t before) {
  std::vector<ImageSpan> spans;
  for (auto span : text.spans)
    if (span.row == row) spans.push_back({row, span.begin + before, span.count, span.image});
  return spans;
}

// The position id of a token. An image advances the position by the longer side of its grid, not by its number of
// tokens. A pure function of the spans, so no state is kept between decoding steps.
std::int64_t position_of(std::int64_t place, const std::vector<ImageSpan>& spans, const ToyLayout* layout) {
  std::int64_t shift = 0;
  for (const auto& span : spans) {
    if (place < span.begin) break;
    const auto& grid = layout->grids.at(static_cast<std::size_t>(span.image));
    const auto i = place - span.begin;
    if (i < span.count) return span.begin + shift + std::max(i / grid.wide, i % grid.wide);
    shift += std::max(grid.high, grid.wide) - span.count;
  }
  return place + shift;
}

}  // namespace

Layer::Layer(const Config& c, const Scope& scope, std::int64_t index)
    : heads_(c.num_attention_heads),
      index_(index),
      input_layernorm_(scope / "input_layernorm", c.hidden_size, c.rms_norm_eps),
      post_attention_layernorm_(scope / "post_attention_layernorm", c.hidden_size, c.rms_norm_eps),
      q_proj_((scope / "self_attn").linear("q_proj", {c.hidden_size, c.hidden_size})),
      k_proj_((scope / "self_attn").linear("k_proj", {c.hidden_size, c.hidden_size})),
      v_proj_((scope / "self_attn").linear("v_proj", {c.hidden_size, c.hidden_size})),
      o_proj_((scope / "self_attn").linear("o_proj", {c.hidden_size, c.hidden_size})),
      gate_proj_((scope / "mlp").linear("gate_proj", {c.hidden_size, c.intermediate_size})),
      up_proj_((scope / "mlp").linear("up_proj", {c.hidden_size, c.intermediate_size})),
      down_proj_((scope / "mlp").linear("down_proj", {c.intermediate_size, c.hidden_size})) {}

at::Tensor Layer::operator()(const at::Tensor& x, const Context& context) const {
  const auto h = x + o_proj_(merge_heads(attend(input_layernorm_(x), context)));
  const auto y = post_attention_layernorm_(h);
  return h + down_proj_(kernels::silu_mul(gate_proj_(y), up_proj_(y)));
}

at::Tensor Layer::attend(const at::Tensor& y, const Context& context) const {
  const auto q = rotate(split_heads(q_proj_(y), heads_), context.angles);
  KeysValues seen{rotate(split_heads(k_proj_(y), heads_), context.angles), split_heads(v_proj_(y), heads_)};
  if (context.cache) seen = context.cache->extend(index_, seen);
  return attend_biased(q, seen.keys, seen.values, context.bias);
}

ToyText::ToyText(const Config& c, const Scope& scope, Activations activations)
    : activations_(activations),
      target_(scope.target()),
      embed_tokens_((scope / "model" / "embed_tokens").weight("weight", {c.vocab_size, c.hidden_size})),
      layers_(make_layers(c, scope / "model" / "layers")),
      norm_(scope / "model" / "norm", c.hidden_size, c.rms_norm_eps),
      lm_head_(scope.linear("lm_head", {c.hidden_size, c.vocab_size})),
      rope_({.head_dim = c.hidden_size / c.num_attention_heads, .theta = 10000}, scope.target().device()) {}

Context ToyText::context(const TextBatch& text, const ImageMemory& memory, KvCache* cache) const {
  const auto rows = text.ids.size(0), length = text.ids.size(1);
  const bool fresh = !cache || cache->empty();
  const auto before = fresh ? std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0) : cache->lengths();
  const auto all = length + (fresh ? 0 : cache->longest());
  const auto* layout = dynamic_cast<const ToyLayout*>(memory.layout.get());
  std::vector<std::int64_t> positions, places, asking;                         // [B L]; asking: image of the token
  std::vector<std::int64_t> images(static_cast<std::size_t>(rows * all), -1);  // [B E] image of each key, -1: none
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto start = before[static_cast<std::size_t>(row)];
    const auto spans = spans_of_row(text, row, start);
    for (const auto& span : spans)
      std::fill_n(images.begin() + row * all + span.begin, span.count, span.begin);  // unique id within the row
    for (auto place = start; place < start + length; ++place) {
      positions.push_back(position_of(place, spans, layout));
      places.push_back(place);
      asking.push_back(images[static_cast<std::size_t>(row * all + place)]);
    }
  }
  const auto& device = target_.device();
  const auto place = index_tensor(places, device).view({rows, length, 1});
  const auto image = index_tensor(asking, device).view({rows, length, 1});
  const auto keys = at::arange(all, at::device(device).dtype(at::kLong));
  const auto same = image.eq(index_tensor(images, device).view({rows, 1, all})).logical_and(image.ge(0));
  const auto seen = keys.le(place).logical_or(same);  // [B, L, E]
  return {rope_.angles(index_tensor(positions, device).view({rows, length})),
          at::where(seen, 0.0, -std::numeric_limits<double>::infinity()).unsqueeze(1), cache};
}

at::Tensor ToyText::decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache) const {
  const auto shared = context(text, memory, cache);
  auto x = place_images(at::embedding(embed_tokens_, text.ids.to(target_.device())), text, memory);  // [B, L, D]
  for (const auto& layer : layers_)
    x = run_block(activations_, [&layer, shared](const std::vector<at::Tensor>& in) { return layer(in[0], shared); },
                  {x});
  if (cache) cache->advance(text.lengths);
  return norm_(x);
}

}  // namespace llama32med::toy
