// The files of a stage, and where it starts.
#pragma once
#include <filesystem>

#include "app/train/train.h"
#include "app/train/tuned_model.h"

namespace llama32med {

struct StageFiles {
  StageFiles(const std::filesystem::path& run, int stage);
  std::filesystem::path folder, config, metrics, curves, best;

  std::filesystem::path result(bool is_adapter) const { return folder / (is_adapter ? "adapter" : "model"); }
};

// Throws Error{kUsage} where the stage before has left nothing to start from.
StageStart find_start(const TrainingRequest& request, int number, const StageConfig& stage);

}  // namespace llama32med
