// Validation of the model being trained, on held-out records.
#pragma once
#include <filesystem>
#include <optional>

#include "app/common/run_config.h"
#include "app/train/skip_log.h"
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
  // Throws Error{kData} if not a single record could be used.
  ValidationScore score(const Trainer& trainer, const Backbone& model, const SampleEncoder& encoder, std::int64_t step);

 private:
  double mean_loss(const Trainer& trainer, const SampleEncoder& encoder);
  double accuracy(const Backbone& model, const SampleEncoder& encoder, std::int64_t step) const;

  const RunConfig* config_;
  const StageConfig* stage_;
  Dataset records_;
  std::filesystem::path folder_;
  SkipLog skips_;
};

// Training records and held-out records of a stage. Throws Error{kUsage} if the config names a test split, Error{kData}
// if too many images are missing (read_training_records).
struct StageData {
  Dataset train, validate;
};
StageData read_stage_data(const StageConfig& stage, int number);

}  // namespace llama32med
