#include "app/train/stage_identity.h"

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/common/records.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/version.h"

namespace llama32med {

Json stage_identity(const TrainingRequest& request, int number, const StageConfig& stage, const StageStart& start) {
  auto settings = write_config(request.config);
  for (const auto* section : {"data", "prompt", "tune", "train", "validate", "stage1", "stage2"})
    settings.erase(section);
  settings["runtime"].erase("threads");
  settings["stage"] = write_config(stage);
  for (const auto* field : {"save_every", "keep_last"}) settings["stage"]["train"].erase(field);
  return {{"task", "train"},
          {"stage", number},
          {"version", program_version()},
          {"config", settings},
          {"model_fingerprint", model_fingerprint(start.model)},
          {"adapter_sha256", start.adapter ? Json(AdapterFolder(*start.adapter).sha256()) : Json()},
          {"prompt_sha256", sha256(find_prompt(stage.prompt.file).source())}};
}

std::string features_key(const RunConfig& config, const StageStart& start, const at::TensorOptions& target) {
  const auto environment = environment_json(target);
  const Json parts = {model_fingerprint(start.model),
                      start.adapter ? AdapterFolder(*start.adapter).sha256() : std::string(),
                      write_config(config.model.options),
                      write_config(config.model.quantize),
                      environment["device"],
                      environment["dtype"]};
  return sha256(parts.dump());
}

Json data_identity(const Dataset& train, const Dataset& validate) {
  return {{"train_records", train.records.size()},
          {"train_records_sha256", records_sha256(train.records)},
          {"validation_records", validate.records.size()},
          {"validation_records_sha256", records_sha256(validate.records)}};
}

}  // namespace llama32med
