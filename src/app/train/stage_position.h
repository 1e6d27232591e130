// Where a stage stands: with the trained tensors and the optimizer's state, all that is needed to go on.
#pragma once
#include <cstdint>
#include <optional>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct StagePosition {
  std::int64_t step = 0;  // done
  std::int64_t epoch = 0, step_of_epoch = 0;
  std::int64_t questions = 0, skipped_records = 0, skipped_steps = 0;
  double last_loss = 0;
  std::optional<double> best_value;
  std::int64_t best_step = 0;
  std::int64_t validations_without_gain = 0;
  bool finished = false;
};

Json position_json(const StagePosition& position);
StagePosition read_position(const Json& json);

}  // namespace llama32med
