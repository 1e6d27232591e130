// `llama32med trace`: tensors of one forward and backward pass, to compare with other code.
//
// Inputs and outputs are safetensors files in the layout of Hugging Face's processor (batch/hf_inputs.h):
//   logits [B, L, V]; loss []; vision_output [B, M, T, P, W] and cross_attention_states [B M T, P, D], zero for tiles
//   that are not computed; grad.<name on disk> of every parameter, or of adapters only, on request.
// Outputs are fp32, or fp64 if the model computes in fp64.
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

// Throws Error{kData} for inputs with wrong names or shapes and for gradients without labels, Error{kUsage} for
// gradients of adapters without an adapter.
void trace(const TraceRequest& request);

}  // namespace llama32med
