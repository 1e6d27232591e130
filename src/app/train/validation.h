// Validation of the model being trained, on held-out records.
#pragma once
#include <filesystem>
#include <optional>

#include "app/common/run_config.h"
#include "llama32med/data/dataset.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/models/backbone.h"
#include "llama32med/train/trainer.h"

namespace llama32med {

struct ValidationScore {
  double loss = 0;                 // mean over labeled tokens
  std::optional<double> accuracy;  // accuracy of generated answers, if validate.answers is set
};

class Validation {
 public:
  // Writes answers to `folder`. Keeps references to `config` and `stage`.
  Validation(const RunConfig& config, const StageConfig& stage, Dataset records, std::filesystem::path folder);

  bool any() const { return !records_.records.empty(); }
  const Dataset& records() const { return records_; }
  ValidationScore score(const Trainer& trainer, const Backbone& model, const SampleEncoder& encoder,
                        std::int64_t step) const;

 private:
  double mean_loss(const Trainer& trainer, const SampleEncoder& encoder) const;
  double accuracy(const Backbone& model, const SampleEncoder& encoder, std::int64_t step) const;

  const RunConfig* config_;
  const StageConfig* stage_;
  Dataset records_;
  std::filesystem::path folder_;
};

// Training records and held-out records. Throws Error{kUsage} if the config names a test split.
struct StageData {
  Dataset train, validate;
};
StageData read_stage_data(const StageConfig& stage);

}  // namespace llama32med
