#include "app/train/metrics.h"

#include <cmath>
#include <functional>
#include <limits>

#include "app/train/stage_position.h"
#include "app/train/validation.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/json_object.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

// Calls `take` with the text of each line and what it holds. A last line that a kill cut off is left out.
void for_each_metric(const std::filesystem::path& file,
                     const std::function<void(const std::string& text, const JsonObject& line)>& take) {
  auto texts = split(read_file(file), '\n');
  while (!texts.empty() && trim(texts.back()).empty()) texts.pop_back();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (trim(texts[i]).empty() || (i + 1 == texts.size() && !try_parse_json(texts[i]))) continue;
    const auto json = parse_json_line(texts[i], file.string(), i + 1);
    take(texts[i], JsonObject(json, fmt::format("{}:{}", file.string(), i + 1)));
  }
}

std::int64_t step_of(const JsonObject& line) { return line.integer("step", {0}); }

const std::filesystem::path& cut_behind(const std::filesystem::path& file, std::int64_t steps_done) {
  if (!is_there(file)) return file;
  std::string kept;
  for_each_metric(file, [&](const std::string& text, const JsonObject& line) {
    if (step_of(line) <= steps_done) kept += text + "\n";
  });
  write_file(file, kept);
  return file;
}

std::optional<double> value_at(const JsonObject& line, const char* name) {
  const auto* found = line.find(name);
  if (!found) return std::nullopt;
  return found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
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

std::vector<MetricLine> read_metrics(const std::filesystem::path& file) {
  std::vector<MetricLine> lines;
  for_each_metric(file, [&](const std::string& /*text*/, const JsonObject& line) {
    lines.push_back({.step = step_of(line),
                     .loss = value_at(line, "loss"),
                     .learning_rate = value_at(line, "learning_rate"),
                     .questions_per_second = value_at(line, "questions_per_second"),
                     .gradient_norm = value_at(line, "gradient_norm"),
                     .validation_loss = value_at(line, "validation_loss"),
                     .validation_accuracy = value_at(line, "validation_accuracy")});
  });
  return lines;
}

}  // namespace llama32med
