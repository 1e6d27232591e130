// What a stage is trained on, from and into: all that is known before a model is loaded.
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
};

// Borrows request and stage. Throws Error{kUsage} where the stage before has left nothing to start from, or a test
// split is asked for.
StageInputs read_stage_inputs(const TrainingRequest& request, int number, const StageConfig& stage);

}  // namespace llama32med
