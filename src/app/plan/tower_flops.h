// Floating-point operations of the vision tower's matrix products for one image, a multiply-add counted as two: what is
// computed, not what a dense tower would compute. Norms, activations and the softmax are left out (below one percent).
//
// R rows a layer, of which r are real, D width, I inner width: projections 8 R D^2, MLP 4 R D I, scores and values
// 4 D (r R + (R - r) r), as real rows see all rows and padding sees the real ones; 4 D R^2 in the dense tower.
#pragma once
#include "llama32med/models/backbone.h"
#include "llama32med/weights/model_shape.h"

namespace llama32med {

struct TowerRows {
  double all = 0, real = 0;
  double last = 0;  // queries of the last layer
};
TowerRows tower_rows(const ModelShape& shape, std::int64_t real_tiles, const BackboneOptions& options);

struct TowerFlops {
  double products = 0;   // patches, projections, MLPs
  double attention = 0;  // scores and values
  double all() const { return products + attention; }
};
TowerFlops tower_flops(const ModelShape& shape, std::int64_t real_tiles, const BackboneOptions& options);

}  // namespace llama32med
