#include "app/train/stage_identity.h"

#include "app/common/environment.h"
#include "app/common/load.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/version.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {

Json stage_identity(const StageInputs& inputs) {
  const auto& [train, validate] = inputs.data;
  const auto& adapter = inputs.start.adapter;
  // The stage has its own data, prompt, tune, train and validate; generate and eval matter if validation generates
  // answers.
  auto settings = identity_of(inputs.run, {"model", "image", "generate", "eval", "runtime"});
  settings["stage"] = identity_of(inputs.stage);
  const auto& validate_by = chosen_protocols(inputs.run.report.protocols).front()->name;
  return {{"task", "train"},
          {"stage", inputs.number},
          {"version", program_version()},
          {"config", std::move(settings)},
          {"model_fingerprint", model_fingerprint(inputs.start.model)},
          {"adapter_sha256", adapter ? Json(adapter_sha256(*adapter)) : Json()},
          {"prompt_sha256", sha256(find_prompt(inputs.stage.prompt).source())},
          {"validation_protocol", inputs.stage.validate.answers ? Json(validate_by) : Json()},
          {"train_records", train.records.size()},
          {"train_records_sha256", records_sha256(train.records)},
          {"validation_records", validate.records.size()},
          {"validation_records_sha256", records_sha256(validate.records)}};
}

std::string features_key(const RunConfig& config, const StageStart& start, const at::TensorOptions& target) {
  const auto environment = environment_json(target);
  const Json parts = {model_fingerprint(start.model),
                      start.adapter ? adapter_sha256(*start.adapter) : std::string(),
                      identity_of(config.model.options),
                      identity_of(config.model.quantize),
                      environment["device"],
                      environment["dtype"]};
  return sha256(json_line(parts));
}

}  // namespace llama32med
