// Picks the next token from logits: greedily, or by sampling with temperature and nucleus (top-p) filtering (Holtzman
// et al. 2019, https://arxiv.org/abs/1904.09751). Everything stays on the device of the logits.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/random.h"

namespace llama32med {

struct SamplerConfig {
  double temperature = 0;
  double top_p = 1;

  static void describe(auto& c, auto&& field) {
    field("temperature", c.temperature, "sampling temperature; 0: greedy decoding",
          ZeroOrInRange{0.001, 100});  // logits divided by less would be infinite
    field("top_p", c.top_p, "nucleus sampling: sample from the most likely tokens whose probabilities add up to this",
          InRange{0, 1});
  }
};

struct PickedTokens {
  at::Tensor ids;                // [B] int64
  at::Tensor log_probabilities;  // [B] fp32: under the model, before temperature and top-p
};

// `normalizers` [B, 1]: log-sum-exp of `logits` [B, V], both fp32. `draws` [B] fp64: a uniform number per row;
// undefined if the temperature is 0.
PickedTokens pick_tokens(const at::Tensor& logits, const at::Tensor& normalizers, const SamplerConfig& config,
                         const at::Tensor& draws);

}  // namespace llama32med
