// Position of a stage. Together with the trained tensors and the optimizer state it is all that is needed to resume.
#pragma once
#include <cstdint>
#include <optional>

#include "app/common/run_config.h"
#include "llama32med/core/json_object.h"
#include "llama32med/train/trainer.h"

namespace llama32med {

struct StagePosition {
  std::int64_t step = 0;  // number of steps done
  std::int64_t epoch = 0, step_of_epoch = 0;
  std::int64_t questions = 0, skipped_records = 0, skipped_steps = 0;
  double last_loss = 0;  // loss of the last step with a finite loss
  std::optional<double> best_value;
  std::int64_t best_step = 0;
  std::int64_t validations_without_gain = 0;
  bool finished = false;

  void advance(const StepReport& report, std::int64_t skipped);  // by one step; `skipped`: its skipped records
  void begin_next_epoch();
  // Records a validation at the current step. Returns true if it is the best so far.
  bool take_validation(double value, ValidationMetric metric);
};

Json position_json(const StagePosition& position);
StagePosition read_position(const JsonObject& json);  // throws Error{kData} that names a field

}  // namespace llama32med
