// The cost of one step of a given size in addition to the parameters: values that autograd keeps for the backward pass,
// and floating-point operations. Each model counts its own layers from its config, so the planner does not need to know
// them.
//
// A multiply-add counts as two operations. Norms, activation functions and softmax are ignored (less than one percent).
#pragma once
#include <cstdint>

#include "llama32med/models/backbone.h"

namespace llama32med {

struct CostQuery {
  BackboneOptions options;
  std::int64_t images = 1;                      // encoded in one pass
  std::int64_t tiles = 1;                       // per image, as in ImageExtent::grid; early fusion: tokens per image
  std::int64_t rows = 1, tokens = 1;            // rows decoded in one pass, tokens in the longest row
  std::int64_t vision_rank = 0, text_rank = 0;  // adapter ranks; 0: no adapters
  bool vision_trains = false;
};

struct ActivationValues {  // numbers of values, each stored in the compute dtype
  double kept = 0;         // kept for the backward pass with Activations::kKeep
  double recomputed = 0;   // kept for the backward pass with Activations::kRecompute
  double working = 0;      // in use during the backward pass of one layer
};

struct Operations {
  double products = 0;   // matrix products of parameters and activations
  double attention = 0;  // attention scores, and their products with the values
  double all() const { return products + attention; }
};

struct ModelCost {
  ActivationValues vision, text;  // per pass
  double image_memory = 0;        // values that the text attends to and their gradients, for the images of one pass

  // Forward operations
  Operations encoder;      // vision encoder, per image
  double projection = 0;   // from the encoder's output to the ImageMemory, per image
  double text_row = 0;     // text decoder, per row of `tokens` tokens
  double label_token = 0;  // logits, per token
};

}  // namespace llama32med
