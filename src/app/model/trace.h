// `llama32med trace`: the numbers of one forward, and backward, for comparing with other code.
//
// Inputs and outputs are safetensors files in the layout of Hugging Face's processor (data/hf_inputs.h):
//   logits [B, L, V] fp32; loss [] fp32; vision_output [B, M, T, P, W] and cross_attention_states [B M T, P, D] fp32,
//   tiles that are not computed zero; grad.<name on disk> of every parameter, or of an adapter's, where asked for.
#pragma once
#include <filesystem>
#include <string>

#include "app/common/run_config.h"
#include "llama32med/core/config_fields.h"

namespace llama32med {

enum class Gradients { kNone, kAdapters, kAll };
constexpr auto names_of(Gradients) {
  return std::array{Named{"none", Gradients::kNone}, Named{"adapters", Gradients::kAdapters},
                    Named{"all", Gradients::kAll}};
}

struct TraceRequest {
  ModelConfig model;
  std::filesystem::path inputs, outputs;
  Gradients gradients = Gradients::kNone;
  at::TensorOptions target;
};

// Throws Error{kData} for inputs of wrong names or shapes, and where gradients are asked for without
// labels or, of adapters, without one.
void trace(const TraceRequest& request);

}  // namespace llama32med
