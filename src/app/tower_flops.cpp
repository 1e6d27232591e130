#include "app/tower_flops.h"

#include <algorithm>

namespace llama32med {
namespace {

struct Rows {
  double all = 0, real = 0;
  double last = 0;  // queries of the last layer
};

// src/models/mllama/row_plan.h
Rows rows_of(const ModelShape& shape, std::int64_t real_tiles, const BackboneOptions& options) {
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

double layer_flops(const ModelShape& shape, const Rows& rows, double queries) {
  const auto width = static_cast<double>(shape.vision_hidden), inner = static_cast<double>(shape.vision_intermediate);
  const double real = std::min(rows.real, queries);
  const double seen = real * rows.all + (queries - real) * rows.real;
  return 4 * width * width * (queries + rows.all) + 4 * queries * width * inner + 4 * width * seen;
}

}  // namespace

double tower_flops(const ModelShape& shape, std::int64_t real_tiles, const BackboneOptions& options) {
  const auto rows = rows_of(shape, real_tiles, options);
  const auto layers = static_cast<double>(shape.vision_layers + shape.vision_global_layers);
  const auto patch_values = static_cast<double>(3 * shape.patch_size * shape.patch_size);
  const double patches = 2 * static_cast<double>(real_tiles * (shape.patches() - 1)) * patch_values *
                         static_cast<double>(shape.vision_hidden);
  return patches + (layers - 1) * layer_flops(shape, rows, rows.all) + layer_flops(shape, rows, rows.last);
}

}  // namespace llama32med
