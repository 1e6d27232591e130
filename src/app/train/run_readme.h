// README.md of a training run, for whoever finds the folder later.
#pragma once
#include "app/train/train.h"

namespace llama32med {

void write_run_readme(const TrainingRequest& request, const std::vector<StageOutcome>& outcomes);

}  // namespace llama32med
