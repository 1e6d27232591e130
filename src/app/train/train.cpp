#include "app/train/train.h"

#include <spdlog/spdlog.h>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/common/output_folder.h"
#include "app/plan/fit.h"
#include "app/train/empty_stages.h"
#include "app/train/run_readme.h"
#include "app/train/saved_state.h"
#include "app/train/stage.h"
#include "app/train/stage_files.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

std::vector<int> stages_of(const TrainingRequest& request) {
  std::vector<int> stages;
  for (const int number : {1, 2})
    if (stage_section(request.config, number)) stages.push_back(number);
  if (stages.empty())
    throw usage_error("no stage: give --config FILE with a section stage1 or stage2, such as configs/phantoms.json");
  if (request.stages.empty()) return stages;
  for (const int number : request.stages) {
    if (number != 1 && number != 2) throw usage_error("--stage {}: must be 1 or 2", number);
    if (!stage_section(request.config, number))
      throw usage_error("--stage {}: the config has no section stage{}", number, number);
  }
  return request.stages;
}

void check_state(const TrainingRequest& request, std::size_t stages) {
  const auto& state = *request.state;
  if (!is_there(state / kStateFile))
    throw usage_error(
        "--resume {}: is not a saved state, such as OUT/stage1/state/step-000000100; without --resume an interrupted "
        "run is resumed, with --fresh it starts over",
        state.string());
  if (request.resume == Resume::kFresh)
    throw usage_error("--resume and --fresh: a run starts over or resumes a state; give one of them");
  if (stages > 1)
    throw usage_error("--resume {}: a saved state belongs to one stage; give --stage 1 or --stage 2", state.string());
}

// Fails before an earlier stage has run for hours.
void check_stage(const RunConfig& config, int number) {
  const auto& stage = *stage_section(config, number);
  if (stage.validate.metric == ValidationMetric::kAccuracy && !stage.validate.answers)
    throw usage_error("stage{}.validate.metric: accuracy needs validate.answers=true", number);
  if (stage.data.name.empty() || stage.data.folder.empty())
    throw usage_error("stage {}: no data; give --set stage{}.data.name=NAME --set stage{}.data.folder=DIR", number,
                      number, number);
}

// The folder may hold a run of train, but no files of its names that something else wrote.
void refuse_other_owner(const std::filesystem::path& out) {
  const auto file = out / "config.json";
  if (!is_there(file)) return refuse_files(out, {"environment.json", "README.md"}, "train");
  const auto there = read_json(file);
  const bool is_run_config = there.is_object() && there.contains("stage1") && there.contains("runtime");
  if (!is_run_config) refuse_files(out, {"config.json"}, "train");
}

// The config as it was used, with the prompt of the last stage: who evaluates with this file asks as in training.
void write_run_files(const TrainingRequest& request) {
  auto config = request.config;
  config.prompt = (config.stage2 ? config.stage2 : config.stage1)->prompt;
  write_json(request.out / "config.json", write_config(config));
  write_json(request.out / "environment.json", environment_json(choose_target(request.config.runtime)));
}

}  // namespace

void check_stages(const TrainingRequest& request) {
  for (const int number : stages_of(request)) check_stage(request.config, number);
}

std::vector<StageOutcome> train(const TrainingRequest& asked) {
  auto request = asked;
  leave_out_empty_stages(request.config, request.stages);
  const auto stages = stages_of(request);
  if (request.state) check_state(request, stages.size());
  check_stages(request);
  for (const int number : stages) require_image_mark(stage_section(request.config, number)->prompt);
  return_freed_memory();
  refuse_other_owner(request.out);
  const auto lock = lock_folder(request.out);
  if (request.fit) fit_to_memory(request, stages, *request.fit);
  std::vector<StageOutcome> outcomes;
  for (const int number : stages) {
    outcomes.push_back(
        run_stage(request, number, *stage_section(request.config, number), [&] { write_run_files(request); }));
    if (outcomes.back().was_done) spdlog::info("stage {} was already done", number);
    write_run_readme(request, outcomes);
  }
  return outcomes;
}

}  // namespace llama32med
