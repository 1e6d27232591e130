#include "app/train/train.h"

#include <spdlog/spdlog.h>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/train/run_readme.h"
#include "app/train/stage.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

const std::optional<StageConfig>& stage_of(const RunConfig& config, int number) {
  return number == 1 ? config.stage1 : config.stage2;
}

std::vector<int> stages_of(const TrainingRequest& request) {
  std::vector<int> stages;
  for (const int number : {1, 2})
    if (stage_of(request.config, number)) stages.push_back(number);
  if (stages.empty())
    throw usage_error("no stage: give --config FILE with a section stage1 or stage2, as configs/ has them");
  if (request.stages.empty()) return stages;
  for (const int number : request.stages) {
    if (number != 1 && number != 2) throw usage_error("--stage {}: stages are 1 and 2", number);
    if (!stage_of(request.config, number))
      throw usage_error("--stage {}: the config has no section stage{}", number, number);
  }
  return request.stages;
}

// Told before an earlier stage has run for hours.
void check_stage(const RunConfig& config, int number) {
  const auto& stage = *stage_of(config, number);
  const auto prompt = find_prompt(stage.prompt.file);
  if (stage.validate.metric == ValidationMetric::kAccuracy && !stage.validate.answers)
    throw usage_error("stage{}.validate: the metric accuracy needs answers=true", number);
  if (stage.data.name.empty() || stage.data.folder.empty())
    throw usage_error("stage {}: give its data: --set stage{}.data.name=NAME --set stage{}.data.folder=DIR", number,
                      number, number);
}

}  // namespace

std::vector<StageOutcome> train(const TrainingRequest& request) {
  const auto stages = stages_of(request);
  if (request.resume != "auto" && request.resume != "never" && stages.size() > 1)
    throw usage_error("--resume {}: a state belongs to one stage; say which by --stage", request.resume);
  for (const int number : stages) check_stage(request.config, number);
  return_freed_memory();
  write_json(request.out / "config.json", write_config(request.config));
  write_json(request.out / "environment.json", environment_json(choose_target(request.config.runtime)));
  std::vector<StageOutcome> outcomes;
  for (const int number : stages) {
    outcomes.push_back(run_stage(request, number, *stage_of(request.config, number)));
    if (outcomes.back().was_done) spdlog::info("stage {} was done before", number);
    write_run_readme(request, outcomes);
  }
  return outcomes;
}

}  // namespace llama32med
