// Stages for which a dataset has nothing: a config for captions and questions serves data that has only one of them.
#pragma once
#include <vector>

#include "app/common/run_config.h"

namespace llama32med {

// Removes each stage whose data.kind is captions or questions and whose split has none of them, unless it is one of
// `asked`. Without stage 1, a stage 2 that would start from its result starts from the model. Logs what is left out.
void leave_out_empty_stages(RunConfig& config, const std::vector<int>& asked);

}  // namespace llama32med
