#include "app/plan/activations.h"

#include "app/plan/tower_flops.h"

namespace llama32med {

VisionRows vision_rows(const ModelShape& shape, std::int64_t tiles, const BackboneOptions& options) {
  const auto rows = tower_rows(shape, tiles, options);
  const double slots = options.tower == Tower::kDense ? static_cast<double>(shape.max_tiles)
                       : options.semantics == Semantics::kHf && tiles < shape.max_tiles ? static_cast<double>(tiles + 1)
                                                                                        : static_cast<double>(tiles);
  return {rows.all, slots * static_cast<double>(shape.patches())};
}

LayerActivations vision_layer(const ModelShape& shape, std::int64_t rank) {
  const auto width = static_cast<double>(shape.vision_hidden), inner = static_cast<double>(shape.vision_intermediate);
  const double adapted = rank > 0 ? 1 : 0;
  // residual x, h; q, k, v; attention's result; the inputs of adapted linears: norm (q, k, v), merged heads (o), norm
  // (fc1); before GELU and, for fc2's adapter, after it; six inner rows
  const double layer = 6 * width + adapted * 3 * width + (1 + adapted) * inner + 6 * static_cast<double>(rank);
  return {layer, width};
}

LayerActivations self_layer(const ModelShape& shape, std::int64_t rank) {
  const auto width = static_cast<double>(shape.hidden_size), inner = static_cast<double>(shape.intermediate_size);
  const double keys = width / static_cast<double>(shape.heads) * static_cast<double>(shape.kv_heads);
  const double adapted = rank > 0 ? 1 : 0;
  // residual x, h; q; k, v; attention's result; norm, merged heads, norm; gate, silu(gate), up; their product
  const double layer =
      4 * width + 2 * keys + adapted * 3 * width + (3 + adapted) * inner + 7 * static_cast<double>(rank);
  return {layer, width};
}

LayerActivations cross_layer(const ModelShape& shape, std::int64_t rank) {
  const auto width = static_cast<double>(shape.hidden_size), inner = static_cast<double>(shape.intermediate_size);
  const double adapted = rank > 0 ? 1 : 0;
  // gathered rows, h; q before and after its norm; attention's result; norm, merged heads, norm; the MLP; and the
  // rows put back
  const double layer = 6 * width + adapted * 3 * width + (3 + adapted) * inner + 5 * static_cast<double>(rank);
  return {layer, width};
}

}  // namespace llama32med
