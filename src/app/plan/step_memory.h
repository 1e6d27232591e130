// The memory of a training step (train/trainer.h) at the moments when it may be largest. Bytes.
#pragma once
#include <string>
#include <vector>

#include "app/plan/memory_plan.h"
#include "app/plan/planned_weights.h"
#include "llama32med/models/model_cost.h"

namespace llama32med {

struct Moment {
  std::string when;
  double gradients = 0, vision = 0, text = 0, image_memory = 0, logits = 0, working = 0;

  double total() const { return gradients + vision + text + image_memory + logits + working; }
};

// The cost of its largest pass.
ModelCost cost_of_pass(const PlanRequest& request);
// Values held between the forward and the backward pass.
double between_passes(const ActivationValues& values, Activations mode);

// The moment with the largest total.
Moment peak_of_step(const PlanRequest& request, const PlannedWeights& weights, const ModelCost& cost);

}  // namespace llama32med
