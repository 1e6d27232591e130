#include "models/mllama/cost.h"

#include <algorithm>

#include "models/mllama/row_plan.h"

namespace llama32med::mllama {
namespace {

constexpr double kBackwardLayers = 2;  // text: gradients alive in a layer's backward, in units of intermediate_size

// Sizes as doubles, because their products are estimates that may exceed the range of integers.
struct Sizes {
  double hidden, inner, keys;  // hidden_size, intermediate_size, size of all key heads
  double rank, adapted;        // adapter rank; 1 if there are adapters, else 0
};

Sizes sizes_of(const TextConfig& c, std::int64_t rank) {
  return {static_cast<double>(c.hidden_size), static_cast<double>(c.intermediate_size),
          static_cast<double>(c.key_value_size()), static_cast<double>(rank), rank > 0 ? 1.0 : 0.0};
}

Sizes sizes_of(const VisionConfig& c, std::int64_t rank) {
  return {static_cast<double>(c.hidden_size), static_cast<double>(c.intermediate_size),
          static_cast<double>(c.hidden_size), static_cast<double>(rank), rank > 0 ? 1.0 : 0.0};
}

// ---- values kept in one layer, per row or token; with recompute only the layer's input, hidden_size values ----------

// residual stream x, h; q, k, v; attention output; inputs of adapted linears: norm (q, k, v), merged heads (o), norm
// (fc1); values before GELU and, for the adapter of fc2, after it; low-rank activations of six adapters
double vision_layer(const Sizes& s) {
  return 6 * s.hidden + s.adapted * 3 * s.hidden + (1 + s.adapted) * s.inner + 6 * s.rank;
}

// residual stream x, h; q; k, v; attention output; norm, merged heads, norm; gate, silu(gate), up; their product
double self_layer(const Sizes& s) {
  return 4 * s.hidden + 2 * s.keys + s.adapted * 3 * s.hidden + (3 + s.adapted) * s.inner + 7 * s.rank;
}

// gathered rows, h; q before and after its norm; attention output; norm, merged heads, norm; the MLP; and the rows
// scattered back
double cross_layer(const Sizes& s) {
  return 6 * s.hidden + s.adapted * 3 * s.hidden + (3 + s.adapted) * s.inner + 5 * s.rank;
}

// ---- one pass ------------------------------------------------------------------------------------------------------

// Number of rows per image whose features the encoder returns.
double kept_rows(const VisionConfig& c, const RowLayout& layout) {
  return static_cast<double>(layout.kept_slots) * static_cast<double>(c.rows_per_tile());
}

ActivationValues vision_values(const VisionConfig& c, const RowLayout& layout, const CostQuery& query) {
  const auto s = sizes_of(c, query.vision_rank);
  const auto images = static_cast<double>(query.images), rows = static_cast<double>(layout.rows.size());
  const auto layers = static_cast<double>(c.num_layers());
  const double features = kept_rows(c, layout) * static_cast<double>(c.vision_output_dim());
  const double working = images * rows * (2 * s.inner + 4 * s.hidden);
  if (!query.vision_trains) return {images * features, images * features, working};
  const double layer = vision_layer(s);
  return {images * (layers * rows * layer + features), images * (rows * (layers * s.hidden + layer) + features),
          working};
}

ActivationValues text_values(const TextConfig& c, const CostQuery& query) {
  const auto s = sizes_of(c, query.text_rank);
  const auto tokens = static_cast<double>(query.rows * query.tokens);
  const auto layers = static_cast<double>(c.num_hidden_layers);
  const auto cross_layers = static_cast<double>(c.cross_attention_layers.size());
  const double self = self_layer(s), cross = cross_layer(s);
  return {tokens * ((layers - cross_layers) * self + cross_layers * cross),
          tokens * (layers * s.hidden + std::max(self, cross)), tokens * kBackwardLayers * s.inner};
}

// Keys before and after their norm, values, and gradients of both.
double image_memory(const Config& config, const RowLayout& layout, const CostQuery& query) {
  const double rows = static_cast<double>(query.images) * kept_rows(config.vision, layout);
  const auto cross_layers = static_cast<double>(config.text.cross_attention_layers.size());
  return rows * (cross_layers * 6 * static_cast<double>(config.text.key_value_size()) +
                 2 * static_cast<double>(config.text.hidden_size));
}

// ---- operations ----------------------------------------------------------------------------------------------------

// R rows per layer, of which r are real, D hidden_size, I intermediate_size: projections 8 R D^2, MLP 4 R D I, scores
// and values 4 D (r R + (R - r) r), because real rows attend to all rows and padding rows to the real rows; 4 D R^2 in
// the dense tower.
Operations vision_layer_operations(const VisionConfig& c, const RowLayout& layout, double queries) {
  const auto s = sizes_of(c, 0);
  const auto rows = static_cast<double>(layout.rows.size());
  const double real = std::min(static_cast<double>(layout.real_rows), queries);
  const double seen = real * rows + (queries - real) * static_cast<double>(layout.real_rows);
  return {4 * s.hidden * s.hidden * (queries + rows) + 4 * queries * s.hidden * s.inner, 4 * s.hidden * seen};
}

// Forward operations per image.
Operations encoder_operations(const VisionConfig& c, const RowLayout& layout, std::int64_t tiles) {
  const auto whole_layers = static_cast<double>(c.num_layers() - 1);
  const auto patch_values = static_cast<double>(3 * c.patch_size * c.patch_size);
  const double patches =
      2 * static_cast<double>(tiles * c.patches()) * patch_values * static_cast<double>(c.hidden_size);
  const auto layer = vision_layer_operations(c, layout, static_cast<double>(layout.rows.size()));
  const auto last = vision_layer_operations(c, layout, static_cast<double>(layout.last_rows));
  return {patches + whole_layers * layer.products + last.products, whole_layers * layer.attention + last.attention};
}

// Number of parameters in the linears applied to a text token, and in those applied to an image row after the encoder:
// the projector, and the key and value projections of each cross-attention layer.
struct PassedParameters {
  double token = 0, image_row = 0;
};

PassedParameters passed_parameters(const Config& config) {
  const auto s = sizes_of(config.text, 0);
  const auto cross_layers = static_cast<double>(config.text.cross_attention_layers.size());
  const auto self_layers = static_cast<double>(config.text.num_hidden_layers) - cross_layers;
  const double queries = 2 * s.hidden * s.hidden, keys = 2 * s.keys * s.hidden, mlp = 3 * s.hidden * s.inner;
  return {self_layers * (queries + keys + mlp) + cross_layers * (queries + mlp),
          static_cast<double>(config.vision.vision_output_dim()) * s.hidden + cross_layers * keys};
}

}  // namespace

ModelCost cost_of(const Config& config, const CostQuery& query) {
  const auto layout = row_layout(config.vision, query.tiles, query.options.tower, query.options.semantics);
  const auto passed = passed_parameters(config);
  return {.vision = vision_values(config.vision, layout, query),
          .text = text_values(config.text, query),
          .image_memory = image_memory(config, layout, query),
          .encoder = encoder_operations(config.vision, layout, query.tiles),
          .projection = 2 * kept_rows(config.vision, layout) * passed.image_row,
          .text_row = 2 * static_cast<double>(query.tokens) * passed.token,
          .label_token = 2 * static_cast<double>(config.text.vocab_size * config.text.hidden_size)};
}

}  // namespace llama32med::mllama
