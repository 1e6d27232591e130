// One stage of a training run, from its records to its result.
#pragma once
#include "app/train/train.h"

namespace llama32med {

// Throws Error{kStopped}, after saving the state, if a signal requested a stop.
StageOutcome run_stage(const TrainingRequest& request, int number, const StageConfig& stage);

}  // namespace llama32med
