#include "app/train/stage_position.h"

#include "llama32med/core/config_json.h"

namespace llama32med {
namespace {

// One list of the fields for both ways.
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

Json position_json(const StagePosition& position) {
  Json json;
  each_field(position, [&](const char* name, const auto& value) { json[name] = value; });
  json["best_value"] = position.best_value ? Json(*position.best_value) : Json();
  return json;
}

StagePosition read_position(const Json& json) {
  StagePosition position;
  each_field(position, [&](const char* name, auto& value) { json.at(name).get_to(value); });
  if (!json.at("best_value").is_null()) position.best_value = json.at("best_value").get<double>();
  return position;
}

}  // namespace llama32med
