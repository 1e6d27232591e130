// The cost of one step of a given size in addition to the parameters: values that autograd keeps for the backward pass,
// and floating-point operations. Each model counts its own layers from its config, so the planner does not need to know
// them.
//
// A multiply-add counts as two operations. Norms, activation functions and softmax are ignored (less than one percent).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>

#include "llama32med/models/backbone.h"

namespace llama32med {

// How a linear layer is stored and trained: this decides what it keeps for the backward pass.
struct LinearUse {
  std::int64_t rank = 0;  // its adapter has this rank; 0: no adapter
  bool drops = false;     // dropout on the input of the adapter
  bool is_dora = false;
  bool is_packed = false;  // 4-bit
  bool trains = false;     // the weight itself

  bool changes() const { return rank > 0 || trains; }
};

struct CostQuery {
  BackboneOptions options;
  std::int64_t images = 1;            // encoded in one pass
  std::int64_t tiles = 1;             // per image, as in ImageExtent::grid; early fusion: tokens per image
  std::int64_t rows = 1, tokens = 1;  // rows decoded in one pass, tokens in the longest row
  // Expressions on a CPU and kernels on a GPU keep different tensors, and so do fp32 and the half types.
  at::TensorOptions target = at::device(at::kCPU).dtype(at::kFloat);
  std::function<LinearUse(const std::string& module)> linear = [](const std::string&) { return LinearUse(); };
};

// Numbers of values, each stored in the compute dtype; a value in fp32 counts as two of a half type.
struct ActivationValues {
  double kept = 0;        // held between forward and backward pass with Activations::kKeep
  double recomputed = 0;  // the same with Activations::kRecompute: the inputs of the layers
  double working = 0;     // in use besides while the backward pass is in a layer that kept its values
  double layer = 0;       // what the largest layer keeps; with kRecompute, its backward pass makes that first
  double forward = 0;     // in use besides at the end of the forward pass
  // Number of tensors of more than 1 MiB that a layer keeps, and of layers: for the rounding of the allocator.
  double tensors_per_layer = 0, layers = 0;
};

struct Operations {
  double products = 0;   // matrix products of parameters and activations
  double attention = 0;  // attention scores, and their products with the values
  double all() const { return products + attention; }
};

struct ModelCost {
  ActivationValues vision, text;  // per pass
  // Values that the text attends to, for the images of one pass, and what their backward pass needs; and their
  // gradients, which exist from the first backward pass of the text to the end of the pass.
  double image_memory = 0, image_memory_gradients = 0;
  double tables = 0;  // indices and masks of image rows, which stay from step to step

  // Forward operations
  Operations encoder;      // vision encoder, per image
  double projection = 0;   // from the encoder's output to the ImageMemory, per image
  double text_row = 0;     // text decoder, per row of `tokens` tokens
  double label_token = 0;  // logits, per token
};

}  // namespace llama32med
