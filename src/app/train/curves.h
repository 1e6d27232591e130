// The curves of a run as one picture: training loss, learning rate, and what was validated.
//
// An SVG that stands alone: no scripts, no fonts or styles from elsewhere. Every step's loss is a faint dot; the line
// is their mean over a twenty-fifth of the run. Long runs are thinned to what a screen can show, extremes kept. Steps
// whose loss is not a number are marked on the axis.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace llama32med {

struct MetricLine {  // what a line of metrics.jsonl may hold; NaN where it is there but no finite number
  std::int64_t step = 0;
  std::optional<double> loss, learning_rate, questions_per_second, gradient_norm;
  std::optional<double> validation_loss, validation_accuracy;
};

// In the file's order; other keys are ignored, so is a last line that was cut off. Throws Error{kData} with the place
// of a line that is no object or has no step.
std::vector<MetricLine> read_metrics(const std::filesystem::path& file);

std::string curves_svg(const std::vector<MetricLine>& lines);

}  // namespace llama32med
