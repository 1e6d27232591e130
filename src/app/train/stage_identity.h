// Identity of a stage: which stage of which run a folder holds.
#pragma once
#include "app/train/stage_inputs.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Everything that decides what the result is: settings but those marked Effort, and model, prompt and records by their
// contents.
Json stage_identity(const StageInputs& inputs);

// Key of a feature cache: everything that the features of an image depend on besides its pixels.
std::string features_key(const RunConfig& config, const StageStart& start, const at::TensorOptions& target);

}  // namespace llama32med
