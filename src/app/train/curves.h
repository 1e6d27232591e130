// Curves of a run as one SVG: training loss, learning rate, validation loss and accuracy.
//
// The SVG is self-contained: no scripts, no external fonts or styles. The loss of every step is a faint dot; the line
// is their mean over 1/25 of the run. Long runs are thinned to what a screen can show, keeping extremes. Steps with a
// non-finite loss are marked on the axis.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace llama32med {

struct MetricLine {  // what a line of metrics.jsonl may hold; NaN for a value that is not finite
  std::int64_t step = 0;
  std::optional<double> loss, learning_rate, questions_per_second, gradient_norm;
  std::optional<double> validation_loss, validation_accuracy;
};

// In the order of the file; other keys and a truncated last line are ignored. Throws Error{kData} that names a line
// that is not an object or has no step.
std::vector<MetricLine> read_metrics(const std::filesystem::path& file);

std::string curves_svg(const std::vector<MetricLine>& lines);

}  // namespace llama32med
