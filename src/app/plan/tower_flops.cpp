#include "app/plan/tower_flops.h"

#include <algorithm>

namespace llama32med {

// src/models/mllama/row_plan.h
TowerRows tower_rows(const ModelShape& shape, std::int64_t real_tiles, const BackboneOptions& options) {
  const auto rows = shape.patches(), fill = (8 - rows % 8) % 8;
  if (options.tower == Tower::kDense) {
    const auto all = static_cast<double>(shape.max_tiles * (rows + fill));
    return {all, all, all};
  }
  const auto one_fill = fill > 0 ? 1 : 0;
  const auto real = static_cast<double>(real_tiles * rows);
  const auto fills = static_cast<double>(real_tiles * one_fill);
  const auto padded = real_tiles < shape.max_tiles ? static_cast<double>(rows + one_fill) : 0.0;
  const bool keeps_padded = options.semantics == Semantics::kHf && padded > 0;
  return {real + fills + padded, real, keeps_padded ? real + fills + static_cast<double>(rows) : real};
}

namespace {

TowerFlops layer_flops(const ModelShape& shape, const TowerRows& rows, double queries) {
  const auto width = static_cast<double>(shape.vision_hidden), inner = static_cast<double>(shape.vision_intermediate);
  const double real = std::min(rows.real, queries);
  const double seen = real * rows.all + (queries - real) * rows.real;
  return {4 * width * width * (queries + rows.all) + 4 * queries * width * inner, 4 * width * seen};
}

}  // namespace

TowerFlops tower_flops(const ModelShape& shape, std::int64_t real_tiles, const BackboneOptions& options) {
  const auto rows = tower_rows(shape, real_tiles, options);
  const auto layers = static_cast<double>(shape.vision_layers + shape.vision_global_layers);
  const auto patch_values = static_cast<double>(3 * shape.patch_size * shape.patch_size);
  const double patches = 2 * static_cast<double>(real_tiles * (shape.patches() - 1)) * patch_values *
                         static_cast<double>(shape.vision_hidden);
  const auto layer = layer_flops(shape, rows, rows.all), last = layer_flops(shape, rows, rows.last);
  return {patches + (layers - 1) * layer.products + last.products, (layers - 1) * layer.attention + last.attention};
}

}  // namespace llama32med
