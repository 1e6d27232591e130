// The cost of a step of Mllama (model_cost.h), counted from the layers as implemented here. A frozen linear keeps
// nothing for the backward pass; a linear with an adapter keeps its input and the adapter's low-rank activation.
#pragma once
#include "llama32med/models/model_cost.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

ModelCost cost_of(const Config& config, const CostQuery& query);

}  // namespace llama32med::mllama
