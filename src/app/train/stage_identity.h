// Identity of a stage: tells which stage of which run a folder contains.
#pragma once
#include "app/train/stage_inputs.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Everything that determines the result: all settings except those marked Effort, and the contents of model, prompt and
// records.
Json stage_identity(const StageInputs& inputs);

// Key of a feature cache: everything besides the pixels that affects the features of an image.
std::string features_key(const RunConfig& config, const StageStart& start, const at::TensorOptions& target);

}  // namespace llama32med
