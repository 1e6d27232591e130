// Backward in two phases: the text of each part of a batch runs forward and backward against a detached copy of the
// image features and accumulates into their gradient; then one backward pass runs through vision encoder and projector,
// once per image instead of once per question. By the sum rule this is the joint gradient; memory is that of one part.
#pragma once
#include "llama32med/models/backbone.h"

namespace llama32med {

// The same values as leaves that collect gradients, for tensors of `memory` that need them.
ImageMemory detach_as_leaves(const ImageMemory& memory);

// Backpropagates the collected gradients into everything that `memory` was computed from.
void backward_through(const ImageMemory& memory, const ImageMemory& leaves);

}  // namespace llama32med
