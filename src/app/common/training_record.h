// llama32med.json, beside the weights of a trained adapter or model: what training saw.
//
//   {"format": 1, "version": "0.1.0",
//    "settings": {...},     a part of a RunConfig: prompt (with its text), image, semantics, vision features, language
//    "base_model": {"name": "phantom_base", "fingerprint": "..."},
//    "training": [{"stage": 1, "dataset": "rocov2", "records_sha256": "...", "steps": 100, "rank": 32, ...}, ...]}
//
// Commands that use the weights take these settings as defaults. PEFT and transformers ignore the file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "app/common/run_config.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

inline constexpr const char* kTrainingRecord = "llama32med.json";
inline constexpr std::int64_t kTrainingRecordFormat = 1;

struct TrainedWith {  // what a stage was trained with
  const RunConfig& run;
  const PromptConfig& prompt;
  std::string language;
};

// The section "settings".
Json usage_settings(const TrainedWith& trained);

// The record of the adapter, or else of the model folder; absent if neither has one.
std::optional<std::filesystem::path> find_training_record(const ModelConfig& model);

// Throws Error{kData} if the file is not a training record, or was written by a newer version.
Json read_training_record(const std::filesystem::path& file);

// For commands that use a trained model: what training saw comes before all other sources. Logs one warning that names
// every setting that differs from training, with both values, and one if the adapter was trained on another base model.
SourcedConfig load_config_for_use(ConfigSources sources);

}  // namespace llama32med
