// The cost of a step of Mllama (model_cost.h): operations, and the memory of kept_values.h.
#pragma once
#include "llama32med/models/model_cost.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

ModelCost cost_of(const Config& config, const CostQuery& query);

}  // namespace llama32med::mllama
