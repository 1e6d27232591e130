// One stage of a training run, from its records to its result.
#pragma once
#include "app/train/train.h"

namespace llama32med {

// Throws Error{kStopped} after saving where a signal asks for it.
StageOutcome run_stage(const TrainingRequest& request, int number, const StageConfig& stage);

}  // namespace llama32med
