// Inputs of a stage: its data, its starting point and its output files. Everything that is known before a model is
// loaded.
#pragma once
#include <cstdint>

#include "app/train/stage_files.h"
#include "app/train/train.h"
#include "app/train/tuned_model.h"
#include "app/train/validation.h"

namespace llama32med {

struct StageLength {
  std::int64_t steps = 0, questions = 0;
};

struct StageInputs {
  int number = 0;  // 1 or 2
  const RunConfig& run;
  const StageConfig& stage;
  StageFiles files;
  StageStart start;
  StageData data;
  StageLength length;
  std::string unit = "questions";  // what its records are called
};

// Keeps references to `request` and `stage`. Throws Error{kUsage} if the previous stage has no result to start from, or
// if the config names a test split.
StageInputs read_stage_inputs(const TrainingRequest& request, int number, const StageConfig& stage);

}  // namespace llama32med
