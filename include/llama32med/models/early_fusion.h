// Shared code of backbones that insert images into the token sequence.
#pragma once
#include <ATen/core/Tensor.h>

#include "llama32med/models/backbone.h"

namespace llama32med {

// Replaces the embeddings of image tokens with image states. embedded: [B, L, D]; memory.tensors[i]: [tokens, D], the
// states of image i. Cached spans are skipped. The gradient of an image is the sum over all rows that contain it.
at::Tensor place_images(const at::Tensor& embedded, const TextBatch& text, const ImageMemory& memory);

}  // namespace llama32med
