// Letters as in row_plan.h: R rows per layer, of which the first Q are queries (all but the last layer: Q = R); D
// hidden_size, I intermediate_size, H heads.
#include <fmt/format.h>

#include <algorithm>

#include "models/mllama/kept_values.h"
#include "models/mllama/linear_values.h"

namespace llama32med::mllama {
namespace {

constexpr double kSpareColumns = 8;  // per head (nn/attention.cpp)

struct Sizes {
  double hidden, inner, heads;
};

Sizes sizes_of(const VisionConfig& c) {
  return {static_cast<double>(c.hidden_size), static_cast<double>(c.intermediate_size),
          static_cast<double>(c.attention_heads)};
}

bool has_copies(const RowLayout& layout) {
  return std::ranges::any_of(layout.rows, [](const Row& row) { return row.copies != 1; });
}

class VisionPass {
 public:
  VisionPass(const VisionConfig& c, const RowLayout& layout, const CostQuery& query)
      : c_(c),
        layout_(layout),
        query_(query),
        s_(sizes_of(c)),
        precision_(query.target),
        rows_(static_cast<double>(layout.rows.size())) {}

  // What an image keeps in all layers; notes the layers on the way.
  double layers() {
    bool learns = is_trained(layer_name(0));
    double kept = learns ? embedding() : 0;
    for (std::int64_t i = 0; i < c_.num_layers(); ++i) {
      if (i == c_.num_hidden_layers && learns) kept += norm_input(rows_);  // layernorm_post
      const double layer = this->layer(i, learns);
      kept += layer;
      largest_ = std::max(largest_, layer);
      if (learns) ++learning_;
    }
    learns_ = learns;
    return kept;
  }

  double random_states() const { return static_cast<double>(learning_) * precision_.random_state(); }
  double largest() const { return largest_; }
  // A layer with adapters keeps twelve tensors of [R, D] and more.
  double tensors(double images) const { return learns_ && precision_.is_large(images * rows_ * s_.hidden) ? 12 : 0; }
  bool learns() const { return learns_; }
  // With recompute each layer keeps its input; layernorm_post is not part of a layer.
  double inputs() const { return learns_ ? static_cast<double>(learning_) * rows_ * s_.hidden + norm_input(rows_) : 0; }

  // The backward pass of the MLP begins with the gradients of its result [R, D] and of GELU's result and input [R, I],
  // when fc2 has released GELU's result if it kept that; with recompute, the layer's input gets a gradient of its own.
  // The features' gradient waits for the layers that the features were taken from.
  double working(double features) const {
    if (!learns_) return 0;
    const bool again = query_.options.vision_activations == Activations::kRecompute;
    return rows_ * ((again ? 2 : 1) * s_.hidden + (fc2_keeps_ ? 1 : 2) * s_.inner) + features;
  }

  // States of m intermediate layers [kept, D] wait for the end, where they are stacked and joined to the last one.
  // Until then a layer without gradients holds x, y, q, k, v, h, z, the results of fc1, GELU and fc2, and their sum;
  // one with gradients holds the result of fc2 and the sum, besides what it keeps.
  double forward(double kept_rows) const {
    const double taken = static_cast<double>(c_.intermediate_layers_indices.size()) * s_.hidden * kept_rows;
    const double layer = learns_ ? 2 * s_.hidden : 9 * s_.hidden + 2 * s_.inner;
    return std::max(rows_ * layer + taken, 2 * taken + s_.hidden * kept_rows);
  }

 private:
  std::string layer_name(std::int64_t i) const {
    return i < c_.num_hidden_layers
               ? fmt::format("vision_model.transformer.layers.{}", i)
               : fmt::format("vision_model.global_transformer.layers.{}", i - c_.num_hidden_layers);
  }

  bool is_trained(const std::string& layer) const { return query_.linear(layer + ".mlp.fc1").trains; }

  // The convolution of the patches keeps the pixels; the gates of the three position tables and the norm keep what they
  // are given.
  double embedding() const {
    const auto rows = static_cast<double>(layout_.slots * c_.rows_per_tile());
    const auto tiles = static_cast<double>(query_.tiles), side = static_cast<double>(c_.image_size);
    const double tile_positions = 2 * static_cast<double>(layout_.slots) * s_.hidden + 6;
    return 3 * tiles * side * side + tile_positions + rows * s_.hidden + norm_input(rows);
  }

  // LayerNorm keeps its input, the mean and the standard deviation in fp32.
  double norm_input(double rows) const { return rows * (s_.hidden + 2 * precision_.fp32()); }

  double layer(std::int64_t i, bool& learns) {
    const auto name = layer_name(i);
    const double queries = i + 1 < c_.num_layers() ? rows_ : static_cast<double>(layout_.last_rows);
    double kept = learns ? norm_input(rows_) : 0;
    kept += attention_block(name + ".self_attn", queries, learns);
    const bool gated = i >= c_.num_hidden_layers;
    if (gated && learns) kept += 2;                                  // tanh of the gates
    if (gated && is_trained(name)) kept += 2 * queries * s_.hidden;  // the branches that they multiply
    if (learns) kept += norm_input(queries);
    const auto fc1 = linear_values(query_, {{name + ".mlp.fc1", s_.hidden, s_.inner}});
    kept += linear(fc1, queries, s_.hidden, learns);
    if (learns) kept += queries * s_.inner;  // input of GELU
    const auto fc2 = linear_values(query_, {{name + ".mlp.fc2", s_.inner, s_.hidden}});
    fc2_keeps_ = fc2.keeps_input;
    return kept + linear(fc2, queries, s_.inner, learns);
  }

  double linear(const LinearValues& values, double rows, double in, bool& learns) const {
    learns |= values.changes;
    if (!learns) return 0;
    return rows * ((values.keeps_input ? in : 0) + values.per_row) + values.fixed;
  }

  double attention_block(const std::string& name, double queries, bool& learns) const {
    const double d = s_.hidden;
    const auto qkv =
        linear_values(query_, {{name + ".q_proj", d, d}, {name + ".k_proj", d, d}, {name + ".v_proj", d, d}});
    double kept = linear(qkv, rows_, d, learns);
    if (learns) kept += attention(queries, qkv.joined);
    const auto o_proj = linear_values(query_, {{name + ".o_proj", d, d}});
    const bool shared = learns && merged_is_result(queries);
    return kept + linear(o_proj, queries, shared ? 0 : d, learns);
  }

  bool has_spare_columns() const {
    return layout_.tower == Tower::kDeduplicated && precision_.is_half && has_copies(layout_);
  }

  double real_of(double queries) const { return std::min(static_cast<double>(layout_.real_rows), queries); }

  // One attention without spare columns: its result has the layout of q, so that merging the heads copies nothing.
  bool merged_is_result(double queries) const { return real_of(queries) == queries && !has_spare_columns(); }

  // attend() in row_plan.cpp keeps: for the real rows q and the result, k and v of all rows, with spare columns in
  // copies of their own; for the padding rows the result, and q, k, v as they were projected. fp32 sums of both.
  double attention(double queries, bool joined) const {
    const double real = real_of(queries), padding = queries - real;
    const double projected = joined ? 3 * rows_ * s_.hidden : (queries + 2 * rows_) * s_.hidden;
    const double wide = s_.hidden + kSpareColumns * s_.heads;
    double kept = queries * s_.heads * precision_.fp32();
    if (!has_spare_columns()) return kept + projected + queries * s_.hidden;
    kept += 2 * (real + rows_) * wide;
    return padding > 0 ? kept + projected + padding * s_.hidden : kept;
  }

  const VisionConfig& c_;
  const RowLayout& layout_;
  const CostQuery& query_;
  Sizes s_;
  Precision precision_;
  double rows_;
  double largest_ = 0;
  std::int64_t learning_ = 0;
  bool learns_ = false, fc2_keeps_ = false;
};

}  // namespace

double kept_rows(const VisionConfig& c, const RowLayout& layout) {
  return static_cast<double>(layout.kept_slots) * static_cast<double>(c.rows_per_tile());
}

ActivationValues vision_values(const Config& config, const RowLayout& layout, const CostQuery& query) {
  const auto& c = config.vision;
  VisionPass pass(c, layout, query);
  const double layers = pass.layers(), rows = kept_rows(c, layout);
  const double features = rows * static_cast<double>(c.vision_output_dim());
  const auto projector = linear_values(query, {{"multi_modal_projector", static_cast<double>(c.vision_output_dim()),
                                                static_cast<double>(config.text.hidden_size)}});
  const bool keeps_features = projector.keeps_input;
  const auto images = static_cast<double>(query.images);
  const double kept = keeps_features ? features : 0;
  return {.kept = images * (layers + kept),
          .recomputed = images * (pass.inputs() + kept) + pass.random_states(),
          .working = images * pass.working(features),
          .layer = images * pass.largest(),
          .forward = images * (pass.forward(rows) + features - kept),
          .tensors_per_layer = pass.tensors(images),
          .layers = static_cast<double>(c.num_layers())};
}

double table_values(const Config& config, const RowLayout& layout, const CostQuery& query) {
  const Precision precision(query.target);
  const auto rows = static_cast<double>(layout.rows.size()), images = static_cast<double>(query.images);
  const double columns = precision.is_half ? kSpareColumns : 1;
  const double indices = precision.integer() * (2 * rows + kept_rows(config.vision, layout) + images);
  const double copies = layout.tower == Tower::kDense ? rows * rows : rows * (precision.integer() + columns) + columns;
  const auto cross_layers = static_cast<double>(config.text.cross_attention_layers.size());
  const double pixel_table = precision.on_gpu ? 3 * 256 + 3 * precision.integer() / 2 : 0;  // batch/pixels.cpp
  return indices + copies + static_cast<double>(config.vision.hidden_size) + pixel_table +
         static_cast<double>(config.text.head_dim()) / 2 * precision.fp32() + 2 * cross_layers + 2;
}

}  // namespace llama32med::mllama
