// metrics.jsonl: one line per step and per validation, and its reader.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "llama32med/core/files.h"

namespace llama32med {

struct StagePosition;
struct StepReport;
struct ValidationScore;

class MetricsLog {
 public:
  // On resume, lines beyond the saved step are removed.
  MetricsLog(const std::filesystem::path& file, std::int64_t steps_done);

  void step(const StagePosition& position, const StepReport& report, double questions_per_second);
  void validation(std::int64_t step, const ValidationScore& score);
  void sync() { writer_.sync(); }  // before a state is saved, which resumes after these lines

 private:
  LineWriter writer_;
};

struct MetricLine {  // what a line may hold; NaN for a value that is not finite
  std::int64_t step = 0;
  std::optional<double> loss, learning_rate, questions_per_second, gradient_norm;
  std::optional<double> validation_loss, validation_accuracy;
};

// In the order of the file; other keys and a truncated last line are ignored. Throws Error{kData} that names a line
// that is not an object or has no step.
std::vector<MetricLine> read_metrics(const std::filesystem::path& file);

}  // namespace llama32med
