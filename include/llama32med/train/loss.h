// Next-token cross-entropy over the labeled tokens only.
//
// labels [B, L]: kNoLabel for tokens without loss; label t belongs to token t, and the shift by one happens here.
// Logits are computed only for positions that predict a labeled token. The result is a sum and a count, to be divided
// once: accumulation over batches, padding and ranks then change nothing.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "llama32med/batch/collator.h"
#include "llama32med/models/backbone.h"

namespace llama32med {

struct LossSum {
  at::Tensor sum;          // [] fp32 (fp64 for an fp64 model), with its graph
  std::int64_t count = 0;  // labeled tokens
};

// hidden [B, L, hidden_size]. Throws Error{kData} for a label outside the vocabulary (such as the image token, which
// cannot be predicted).
LossSum next_token_loss(const Backbone& model, const at::Tensor& hidden, const at::Tensor& labels);

// Decodes the text as well. The labels travel to the device together with the index lists of the text.
LossSum next_token_loss(const Backbone& model, const LabeledText& text, const ImageMemory& memory);

}  // namespace llama32med
