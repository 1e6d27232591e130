// Random weights for Mllama. As in the released weights, each of the three aspect-ratio tables is made from one grid
// "<name>@grid" [T, T, values]: the first h w slots of row i + 1, for ratio (h, w), are grid[:h, :w] flattened. Other
// slots and row 0 are zero, or random ("<name>@slack") with PaddedSlots::kNonzero. All other tensors follow
// random_weights.h.
#pragma once
#include "llama32med/weights/random_weights.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

class MllamaWeights final : public RandomWeights {
 public:
  MllamaWeights(const Config& config, const RandomOptions& options);

 protected:
  at::Tensor fill(const std::string& name, at::IntArrayRef shape, const at::TensorOptions& made) const override;

 private:
  at::Tensor fill_table(const std::string& name, at::IntArrayRef shape, const at::TensorOptions& made) const;

  VisionConfig vision_;
};

}  // namespace llama32med::mllama
