// A model to be trained: adapters or full tensors as a TuneConfig says; and writing the result of a stage.
#pragma once
#include <filesystem>
#include <functional>
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
  std::optional<std::filesystem::path> adapter;  // absent: new adapters
};

struct TunedModel {
  std::unique_ptr<Backbone> model;
  std::vector<TrainedTensor> trained;
  bool adapted = false;  // has adapters: the result is an adapter folder
};

// Dropout makes identical tiles differ, so a vision encoder with it cannot compute them once.
BackboneOptions training_options(BackboneOptions options, const TuneConfig& tune);

// Throws Error{kUsage} if nothing would be trained, or if no format can hold the trained parts together.
TunedModel load_tuned_model(const RunConfig& config, const StageConfig& stage, const StageStart& start);

// Writes the adapter, or the complete model if there is none, and what `add_files` puts beside it; the folder appears
// only when it is complete.
void write_result(const std::filesystem::path& folder, const TunedModel& tuned, const TuneConfig& tune,
                  const StageStart& start, const std::function<void(const std::filesystem::path& draft)>& add_files);

}  // namespace llama32med
