#include "app/train/metrics.h"

#include <cmath>
#include <limits>

#include "app/train/stage_position.h"
#include "app/train/validation.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

const std::filesystem::path& cut_behind(const std::filesystem::path& file, std::int64_t steps_done) {
  if (!is_there(file)) return file;
  std::string kept;
  for (const auto& text : split(read_file(file), '\n')) {  // the last line may be truncated
    const auto line = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (line.is_object() && line.value("step", steps_done + 1) <= steps_done) kept += std::string(text) + "\n";
  }
  write_file(file, kept);
  return file;
}

std::optional<double> value_at(const Json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end()) return std::nullopt;
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
  const auto texts = split(read_file(file), '\n');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (trim(texts[i]).empty()) continue;
    if (i + 1 == texts.size() && !Json::accept(texts[i])) break;  // the program was killed while writing it
    const auto where = fmt::format("{}:{}", file.string(), i + 1);
    const auto json = parse_json(texts[i], where);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer())
      throw data_error("{}: must be an object with an integer \"step\"", where);
    lines.push_back({.step = json["step"].get<std::int64_t>(),
                     .loss = value_at(json, "loss"),
                     .learning_rate = value_at(json, "learning_rate"),
                     .questions_per_second = value_at(json, "questions_per_second"),
                     .gradient_norm = value_at(json, "gradient_norm"),
                     .validation_loss = value_at(json, "validation_loss"),
                     .validation_accuracy = value_at(json, "validation_accuracy")});
  }
  return lines;
}

}  // namespace llama32med
