// metrics.jsonl: a line a step, a line a validation. What a run that goes on has not done yet is taken off first.
#pragma once
#include <filesystem>

#include "app/train/stage_position.h"
#include "app/train/validation.h"
#include "llama32med/core/files.h"
#include "llama32med/train/trainer.h"

namespace llama32med {

class MetricsLog {
 public:
  MetricsLog(const std::filesystem::path& file, std::int64_t steps_done);

  void step(const StagePosition& position, const StepReport& report, double questions_per_second);
  void validation(std::int64_t step, const ValidationScore& score);

 private:
  LineWriter writer_;
};

}  // namespace llama32med
