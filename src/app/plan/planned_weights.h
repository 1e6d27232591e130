// What the tensors of a stage take in memory from step to step: weights, adapters, gradients, optimizer states.
#pragma once
#include <cstdint>

#include "app/plan/memory_plan.h"
#include "llama32med/models/model_cost.h"

namespace llama32med {

struct PlannedWeights {
  double base_bytes = 0, base_parameters = 0;
  double adapter_parameters = 0, adapter_bytes = 0;
  double full_parameters = 0;
  double optimizer_bytes = 0, map_bytes = 0;  // the second: maps that 8-bit states share
  // Gradients by the backward pass that makes them: the text's, or that of vision encoder and projector after it.
  double text_gradients = 0, image_gradients = 0;
  // In use for a moment: by the optimizer; by a product with the largest 4-bit weight; by the largest gradient of a
  // weight, the output head's, which is the first that a backward pass makes or adds to that of an earlier pass; by the
  // norms of DoRA's largest weight.
  double update_bytes = 0, text_dequantized = 0, image_dequantized = 0, full_gradient = 0, norms_bytes = 0;
  bool vision_trains = false, image_side_trains = false;

  double gradients() const { return text_gradients + image_gradients; }
};

PlannedWeights planned_weights(const PlanRequest& request);

// How each linear layer is stored and trained (models/model_cost.h). Refers to the request.
std::function<LinearUse(const std::string& module)> planned_linears(const PlanRequest& request);

}  // namespace llama32med
