// Backward in two phases: the text of each part of a batch runs forward and backward against a detached copy of the
// image side and adds into its gradient; then one backward runs through the image side, once an image instead of once
// a question. The sum rule makes it the joint gradient; memory is that of one part.
#pragma once
#include "llama32med/models/backbone.h"

namespace llama32med {

// The same numbers as leaves that collect gradients, where `memory` has any to pass on.
ImageMemory detach_as_leaves(const ImageMemory& memory);

// Adds what the leaves collected into the gradients of everything `memory` was computed from.
void backward_through(const ImageMemory& memory, const ImageMemory& leaves);

}  // namespace llama32med
