// README.md of a training run, for whoever finds the folder later.
#pragma once
#include <string>

#include "app/train/train.h"

namespace llama32med {

std::string tuned_parts(const TuneConfig& tune);  // "vision adapter, projector full, ..."

void write_run_readme(const TrainingRequest& request, const std::vector<StageOutcome>& outcomes);

}  // namespace llama32med
