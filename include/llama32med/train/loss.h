// Next-token cross-entropy over the labeled tokens alone.
//
// labels [B, L]: kNoLabel where there is no loss; label t belongs to token t, the shift by one is done here. Logits are
// computed for the rows that predict a labeled token and for no others. Kept as a sum and a count, so that
// accumulation over batches, padding and ranks change nothing: divide once.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "llama32med/models/backbone.h"

namespace llama32med {

struct LossSum {
  at::Tensor sum;          // [] fp32 (fp64 of an fp64 model), with its graph
  std::int64_t count = 0;  // labeled tokens
};

// hidden [B, L, D]. Throws Error{kData} for a label outside the vocabulary (the image token is one: it cannot be
// predicted).
LossSum next_token_loss(const Backbone& model, const at::Tensor& hidden, const at::Tensor& labels);

}  // namespace llama32med
