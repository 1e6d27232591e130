#include "models/mllama/cost.h"

#include <algorithm>

#include "models/mllama/kept_values.h"
#include "models/mllama/row_plan.h"

namespace llama32med::mllama {
namespace {

// Sizes as doubles, because their products are estimates that may exceed the range of integers.
struct Sizes {
  double hidden, inner, keys;  // hidden_size, intermediate_size, size of all key heads
};

Sizes sizes_of(const TextConfig& c) {
  return {static_cast<double>(c.hidden_size), static_cast<double>(c.intermediate_size),
          static_cast<double>(c.key_value_size())};
}

Sizes sizes_of(const VisionConfig& c) {
  return {static_cast<double>(c.hidden_size), static_cast<double>(c.intermediate_size),
          static_cast<double>(c.hidden_size)};
}

// R rows per layer, of which r are real, D hidden_size, I intermediate_size: projections 8 R D^2, MLP 4 R D I, scores
// and values 4 D (r R + (R - r) r), because real rows attend to all rows and padding rows to the real rows; 4 D R^2 in
// the dense tower.
Operations vision_layer_operations(const VisionConfig& c, const RowLayout& layout, double queries) {
  const auto s = sizes_of(c);
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
  const auto s = sizes_of(config.text);
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
  const auto memory = image_memory_values(config, layout, query);
  return {.vision = vision_values(config, layout, query),
          .text = text_values(config, query),
          .image_memory = memory.held,
          .image_memory_gradients = memory.gradients,
          .tables = table_values(config, layout, query),
          .encoder = encoder_operations(config.vision, layout, query.tiles),
          .projection = 2 * kept_rows(config.vision, layout) * passed.image_row,
          .text_row = 2 * static_cast<double>(query.tokens) * passed.token,
          .label_token = 2 * static_cast<double>(config.text.vocab_size * config.text.hidden_size)};
}

}  // namespace llama32med::mllama
