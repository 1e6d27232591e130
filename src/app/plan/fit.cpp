#include "app/plan/fit.h"

#include <spdlog/spdlog.h>

#include "app/common/load.h"
#include "app/plan/plan.h"
#include "app/train/validation.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/config_layers.h"

namespace llama32med {
namespace {

// Sets a field by its path, as --set does.
void apply(RunConfig& config, const std::string& setting) {
  const auto [path, value] = parse_assignment(setting);
  ConfigLayers layers;
  layers.merge("", write_config(config), [](const std::string&) { return ""; });
  layers.set(path, value, "--fit");
  read_config(layers.json(), config, [](const std::string&) { return "--fit"; });
}

PlanRequest request_of(const RunConfig& config, int number, const at::TensorOptions& target) {
  const auto& stage = number == 1 ? *config.stage1 : *config.stage2;
  return plan_request({config, number, stage, target}, read_stage_data(stage, number).train.records,
                      config.model.folder);
}

}  // namespace

void fit_to_memory(TrainingRequest& request, const std::vector<int>& stages, std::int64_t bytes) {
  auto& config = request.config;
  const auto target = choose_target(config.runtime);
  for (const int number : stages) {
    const auto chosen = exact_remedies_for(request_of(config, number, target), bytes);
    for (const auto& remedy : chosen) {
      apply(config, remedy.setting);
      spdlog::info("--fit: stage {} gets --set {}", number, remedy.setting);
    }
    refuse_too_large(request_of(config, number, target), bytes);
  }
}

}  // namespace llama32med
