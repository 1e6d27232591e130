// The files of a stage, and the model and adapter that it starts from.
#pragma once
#include <filesystem>
#include <optional>

#include "app/train/train.h"
#include "app/train/tuned_model.h"

namespace llama32med {

struct StageFiles {
  StageFiles(const std::filesystem::path& run, int stage);
  std::filesystem::path folder, metrics, curves, best;

  std::filesystem::path result(bool is_adapter) const { return folder / (is_adapter ? "adapter" : "model"); }
  std::optional<std::filesystem::path> find_result() const;  // the adapter or the model, if the stage has left one
};

// Throws Error{kUsage} if the previous stage has no result to start from.
StageStart find_start(const TrainingRequest& request, int number, const StageConfig& stage);

}  // namespace llama32med
