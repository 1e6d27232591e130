// What a step of Mllama takes beyond its parameters (model_cost.h), counted by the layers as they are written here.
// Frozen weights need no inputs kept; a linear with an adapter keeps its input and the adapter's inner row.
#pragma once
#include "llama32med/models/model_cost.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

ModelCost cost_of(const Config& config, const CostQuery& query);

}  // namespace llama32med::mllama
