// Names and shapes of the tensors in an Mllama checkpoint, as in the released files.
#pragma once
#include <vector>

#include "llama32med/weights/weight_source.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

std::vector<NamedShape> checkpoint_tensors(const Config& config);  // sorted by name

}  // namespace llama32med::mllama
