// One stage of a training run, from its records to its result.
#pragma once
#include <functional>

#include "app/train/train.h"

namespace llama32med {

// `on_accepted` is called once the config, data, model and memory plan of the stage are accepted, before its first
// step; nothing is written before. Throws Error{kStopped}, after saving the state, if a signal requested a stop.
StageOutcome run_stage(const TrainingRequest& request, int number, const StageConfig& stage,
                       const std::function<void()>& on_accepted);

}  // namespace llama32med
