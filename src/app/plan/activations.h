// What autograd keeps of a forward pass, counted by the layers as they are written (src/models/mllama): numbers a row
// or token. Frozen weights need no inputs kept; a linear with an adapter keeps its input and the adapter's inner row.
//
// D width, I inner width, K width of keys, r rank of the adapters (0: none).
#pragma once
#include <cstdint>

#include "app/plan/memory_plan.h"

namespace llama32med {

struct VisionRows {
  double all = 0;   // rows a layer computes for one image
  double kept = 0;  // rows whose features are handed on
};
VisionRows vision_rows(const ModelShape& shape, std::int64_t tiles, const BackboneOptions& options);

struct LayerActivations {
  double layer = 0;  // kept inside of one layer
  double input = 0;  // what recompute keeps of it
};
LayerActivations vision_layer(const ModelShape& shape, std::int64_t rank);
LayerActivations self_layer(const ModelShape& shape, std::int64_t rank);
LayerActivations cross_layer(const ModelShape& shape, std::int64_t rank);

}  // namespace llama32med
