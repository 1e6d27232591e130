// What a model takes beyond its parameters, for one step of a given size: values that autograd keeps for backward, and
// floating-point operations. Counted from the config by the model's own layers, so that a plan needs to know none of
// them.
//
// A multiply-add counts as two operations. Norms, activations and the softmax are left out (below one percent).
#pragma once
#include <cstdint>

#include "llama32med/models/backbone.h"

namespace llama32med {

struct CostQuery {
  BackboneOptions options;
  std::int64_t images = 1;                      // encoded in one pass
  std::int64_t tiles = 1;                       // of each: ImageExtent::grid, so tokens where images stand in the text
  std::int64_t rows = 1, tokens = 1;            // decoded in one pass, and tokens of the longest row
  std::int64_t vision_rank = 0, text_rank = 0;  // of the adapters; 0: none
  bool vision_trains = false;
};

struct ActivationValues {  // numbers of values; a value takes the bytes of the compute type
  double kept = 0;         // for backward, with Activations::kKeep
  double recomputed = 0;   // with Activations::kRecompute
  double working = 0;      // in use while the backward of one layer runs
};

struct Operations {
  double products = 0;   // of parameters with activations
  double attention = 0;  // scores and values
  double all() const { return products + attention; }
};

struct ModelCost {
  ActivationValues vision, text;  // of one pass
  double image_memory = 0;  // values of what the text attends to, with their gradients, for the images of one pass

  // Forward operations
  Operations encoder;      // of one image
  double projection = 0;   // of one image behind the encoder: what makes its features readable for the text
  double text_row = 0;     // of one row of `tokens` through the text decoder
  double label_token = 0;  // logits of one token
};

}  // namespace llama32med
