// Picks the next token from logits: greedily, or by sampling with temperature and nucleus (top-p) filtering (Holtzman
// et al. 2019, https://arxiv.org/abs/1904.09751).
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

struct PickedToken {
  std::int64_t id = 0;
  double log_probability = 0;  // under the model, before temperature and top-p
};

// Picks a token for each row of logits [B, V]. Row b has its own random number stream, streams[b], so its result does
// not depend on the rest of the batch.
std::vector<PickedToken> pick_tokens(const at::Tensor& logits, const SamplerConfig& config,
                                     std::vector<RandomStream>& streams);

}  // namespace llama32med
