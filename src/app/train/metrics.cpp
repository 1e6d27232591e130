#include "app/train/metrics.h"

#include <cmath>

#include "llama32med/core/config_json.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

const std::filesystem::path& cut_behind(const std::filesystem::path& file, std::int64_t steps_done) {
  if (!std::filesystem::exists(file)) return file;
  std::string kept;
  for (const auto& text : split(read_file(file), '\n')) {  // the last one may be half a line
    const auto line = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (line.is_object() && line.value("step", steps_done + 1) <= steps_done) kept += std::string(text) + "\n";
  }
  write_file(file, kept);
  return file;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(std::to_string(value)); }

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& file, std::int64_t steps_done)
    : writer_(cut_behind(file, steps_done)) {}

void MetricsLog::step(const StagePosition& position, const StepReport& report, double questions_per_second) {
  Json line = {{"step", position.step},
               {"epoch", position.epoch},
               {"loss", number(report.loss())},
               {"learning_rate", report.learning_rate},
               {"gradient_norm", number(report.gradient_norm)},
               {"tokens", report.tokens},
               {"questions", report.questions},
               {"images", report.images},
               {"questions_per_second", questions_per_second},
               {"memory_mib", host_memory() >> 20}};
  if (!report.nonfinite.empty()) line["skipped"] = report.nonfinite;
  writer_.write(json_line(line));
}

void MetricsLog::validation(std::int64_t step, const ValidationScore& score) {
  Json line = {{"step", step}, {"validation_loss", number(score.loss)}};
  if (score.accuracy) line["validation_accuracy"] = *score.accuracy;
  writer_.write(json_line(line));
}

}  // namespace llama32med
