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

}  // namespace

void fit_to_memory(TrainingRequest& run, const std::vector<int>& stages, std::int64_t bytes) {
  auto& config = run.config;
  const auto target = choose_target(config.runtime);
  for (const int number : stages) {
    const auto records = read_stage_data(*stage_section(config, number), number).train.records;
    const auto planned = [&] {
      return plan_request({config, number, *stage_section(config, number), target}, records, config.model.folder);
    };
    auto request = planned();
    const auto chosen = exact_remedies_for(request, bytes);
    for (const auto& remedy : chosen) {
      apply(config, remedy.setting);
      spdlog::info("--fit: stage {} gets --set {}", number, remedy.setting);
    }
    if (!chosen.empty()) request = planned();
    refuse_too_large(request, bytes);
  }
}

}  // namespace llama32med
