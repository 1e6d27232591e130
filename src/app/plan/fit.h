// `train --fit 24GiB`: applies the exact memory settings that a run needs to fit, cheapest first.
#pragma once
#include <cstdint>
#include <vector>

#include "app/train/train.h"

namespace llama32med {

// Changes the config of `run` for these stages and logs what was changed. Throws Error{kResource} that names
// further settings, which change results, if the exact ones are not enough.
void fit_to_memory(TrainingRequest& run, const std::vector<int>& stages, std::int64_t bytes);

}  // namespace llama32med
