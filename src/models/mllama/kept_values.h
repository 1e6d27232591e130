// What the passes of Mllama hold in memory, layer by layer and tensor by tensor: what autograd keeps of the layers as
// they are implemented in text_layers.cpp, vision_model.cpp, row_plan.cpp and view_plan.cpp. A tensor is counted once,
// however many nodes refer to it; a view keeps the whole tensor behind it.
#pragma once
#include "llama32med/models/model_cost.h"
#include "models/mllama/mllama_config.h"
#include "models/mllama/row_plan.h"

namespace llama32med::mllama {

// Number of rows per image whose features the encoder returns.
double kept_rows(const VisionConfig& config, const RowLayout& layout);

ActivationValues vision_values(const Config& config, const RowLayout& layout, const CostQuery& query);
ActivationValues text_values(const Config& config, const CostQuery& query);

struct MemoryValues {
  double held = 0, gradients = 0;
};
MemoryValues image_memory_values(const Config& config, const RowLayout& layout, const CostQuery& query);

// What stays on the device from step to step beside the weights. A RowPlan: per row its source and slot, its copies in
// fp64 and as the spare columns of its key; the kept rows; the row of zeros; the mask of the dense tower. Grids of the
// images, on a GPU the table that normalizes pixels, frequencies of RoPE, tanh of the gates, and constants.
double table_values(const Config& config, const RowLayout& layout, const CostQuery& query);

}  // namespace llama32med::mllama
