// A model about to be trained: adapters or whole tensors by a TuneConfig, and where a stage's result is written.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "app/common/run_config.h"
#include "llama32med/models/backbone.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/train/adamw.h"

namespace llama32med {

struct StageStart {
  std::filesystem::path model;                   // a Hugging Face folder
  std::optional<std::filesystem::path> adapter;  // or fresh
};

struct TunedModel {
  std::unique_ptr<Backbone> model;
  std::vector<TrainedTensor> trained;
  bool adapted = false;  // it has adapters: its result is an adapter folder
};

// Throws Error{kUsage} where nothing would be trained, or parts are tuned in ways no format can hold together.
TunedModel load_tuned_model(const RunConfig& config, const StageConfig& stage, const StageStart& start);

// The adapter, or the whole model where there is none, as a folder that appears at once.
void write_result(const std::filesystem::path& folder, const TunedModel& tuned, const TuneConfig& tune,
                  const StageStart& start);

}  // namespace llama32med
