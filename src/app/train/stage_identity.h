// Which stage of which run a folder holds.
#pragma once
#include "app/train/train.h"
#include "app/train/tuned_model.h"
#include "llama32med/data/dataset.h"

namespace llama32med {

// Everything that decides what the result is. Threads do not, nor how often states are saved.
Json stage_identity(const TrainingRequest& request, int number, const StageConfig& stage, const StageStart& start);

// What the features of an image depend on besides its pixels: the key of a feature cache.
std::string features_key(const RunConfig& config, const StageStart& start, const at::TensorOptions& target);

// What the records of a stage are by content: a part of its identity.
Json data_identity(const Dataset& train, const Dataset& validate);

}  // namespace llama32med
