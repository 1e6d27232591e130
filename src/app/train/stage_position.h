// Position of a stage: with the trained tensors and the optimizer state, all that is needed to resume.
#pragma once
#include <cstdint>
#include <optional>

#include "app/common/run_config.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/train/trainer.h"

namespace llama32med {

struct StagePosition {
  std::int64_t step = 0;  // number of steps done
  std::int64_t epoch = 0, step_of_epoch = 0;
  std::int64_t questions = 0, skipped_records = 0, skipped_steps = 0;
  double last_loss = 0;  // of the last step that had a finite one
  std::optional<double> best_value;
  std::int64_t best_step = 0;
  std::int64_t validations_without_gain = 0;
  bool finished = false;

  void advance(const StepReport& report, std::int64_t skipped);  // by a step, which left out so many records
  void begin_next_epoch();
  // Takes in a validation of the current step. True: it is the best so far.
  bool take_validation(double value, ValidationMetric metric);
};

Json position_json(const StagePosition& position);
StagePosition read_position(const Json& json);

}  // namespace llama32med
