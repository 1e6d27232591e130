#include "app/train/stage_position.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"

namespace llama32med {
namespace {

// One list of fields for reading and writing.
template <class Position, class Field>
void each_field(Position& p, Field field) {
  field("step", p.step);
  field("epoch", p.epoch);
  field("step_of_epoch", p.step_of_epoch);
  field("questions", p.questions);
  field("skipped_records", p.skipped_records);
  field("skipped_steps", p.skipped_steps);
  field("last_loss", p.last_loss);
  field("best_step", p.best_step);
  field("validations_without_gain", p.validations_without_gain);
  field("finished", p.finished);
}

constexpr IntegerRange kCount{0, std::int64_t{1} << 53};

void read_field(const JsonObject& json, const char* name, std::int64_t& value) { value = json.integer(name, kCount); }
void read_field(const JsonObject& json, const char* name, double& value) { value = json.number(name, {}); }
void read_field(const JsonObject& json, const char* name, bool& value) { value = json.flag(name); }

}  // namespace

void StagePosition::advance(const StepReport& report, std::int64_t skipped) {
  ++step, ++step_of_epoch;
  questions += report.questions;
  skipped_records += skipped;
  skipped_steps += report.nonfinite.empty() ? 0 : 1;
  if (report.nonfinite.empty() && report.tokens > 0) last_loss = report.loss();
}

void StagePosition::begin_next_epoch() { ++epoch, step_of_epoch = 0; }

bool StagePosition::take_validation(double value, ValidationMetric metric) {
  const bool lower_is_better = metric == ValidationMetric::kLoss;
  const bool better = !best_value || (lower_is_better ? value < *best_value : value > *best_value);
  validations_without_gain = better ? 0 : validations_without_gain + 1;
  if (better) best_value = value, best_step = step;
  return better;
}

Json position_json(const StagePosition& position) {
  Json json;
  each_field(position, [&](const char* name, const auto& value) { json[name] = value; });
  json["best_value"] = position.best_value ? Json(*position.best_value) : Json();
  return json;
}

StagePosition read_position(const JsonObject& json) {
  StagePosition position;
  each_field(position, [&](const char* name, auto& value) { read_field(json, name, value); });
  if (json.has("best_value")) position.best_value = json.number("best_value", {});
  return position;
}

}  // namespace llama32med
