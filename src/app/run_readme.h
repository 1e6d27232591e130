// README.md of a training run, for whoever finds the folder later; and the command that comes next.
#pragma once
#include "llama32med/app/training.h"

namespace llama32med {

void write_run_readme(const TrainingRequest& request, const std::vector<StageOutcome>& outcomes);

}  // namespace llama32med
