// What backbones share that put images into the token sequence.
#pragma once
#include <ATen/core/Tensor.h>

#include "llama32med/models/backbone.h"

namespace llama32med {

// Writes images over the embeddings of their tokens: embedded [B, L, D], memory.tensors[i] [tokens, D] of image i.
// Spans that were read before are left out; the gradient of an image is the sum over all rows that show it.
at::Tensor place_images(const at::Tensor& embedded, const TextBatch& text, const ImageMemory& memory);

}  // namespace llama32med
