// Identity of a stage: which stage of which run a folder holds.
#pragma once
#include "app/train/train.h"
#include "app/train/tuned_model.h"
#include "llama32med/data/dataset.h"

namespace llama32med {

// Everything that decides what the result is. Threads do not, nor how often states are saved.
Json stage_identity(const TrainingRequest& request, int number, const StageConfig& stage, const StageStart& start);

// Key of a feature cache: everything that the features of an image depend on besides its pixels.
std::string features_key(const RunConfig& config, const StageStart& start, const at::TensorOptions& target);

// Hashes of a stage's records: a part of its identity.
Json data_identity(const Dataset& train, const Dataset& validate);

}  // namespace llama32med
