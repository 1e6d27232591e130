#include "app/train/stage_position.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

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

StagePosition read_position(const Json& json, const std::string& where) {
  StagePosition position;
  try {
    each_field(position, [&](const char* name, auto& value) {
      json.at(name).get_to(value);
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::int64_t>)
        if (value < 0) throw data_error("{}: position.{}: {} must not be negative", where, name, value);
    });
    if (!json.at("best_value").is_null()) position.best_value = json.at("best_value").get<double>();
  } catch (const Json::exception& error) {
    throw data_error("{}: is not a whole state: {}", where, error.what());
  }
  return position;
}

}  // namespace llama32med
