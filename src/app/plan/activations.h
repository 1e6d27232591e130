// Activations that autograd keeps for the backward pass, counted from the layers in src/models/mllama: values per row
// or token. A frozen linear keeps nothing; a linear with an adapter keeps its input and the adapter's inner row.
//
// D hidden size, I intermediate size, K size of keys, r rank of the adapters (0: none).
#pragma once
#include <cstdint>

#include "app/plan/memory_plan.h"

namespace llama32med {

struct VisionRows {
  double all = 0;   // rows computed per layer for one image
  double kept = 0;  // rows whose features the text decoder gets
};
VisionRows vision_rows(const ModelShape& shape, std::int64_t tiles, const BackboneOptions& options);

struct LayerActivations {
  double layer = 0;  // kept inside one layer
  double input = 0;  // kept per layer when recomputing
};
LayerActivations vision_layer(const ModelShape& shape, std::int64_t rank);
LayerActivations self_layer(const ModelShape& shape, std::int64_t rank);
LayerActivations cross_layer(const ModelShape& shape, std::int64_t rank);

}  // namespace llama32med
