// `llama32med train`: the stages of a config, one after the other, in one run folder.
//
//   OUT/config.json, environment.json, README.md
//   OUT/stage1/config.json     what this stage is: settings, model, data, prompt by their hashes
//             /state/          to go on from (train/state_folder.h)
//             /metrics.jsonl   a line a step, a line a validation
//             /curves.svg
//             /adapter/        PEFT's format; or model/, a whole model, where no adapter was trained
//             /best/           the same of the best validation
//             /validation/     answers of validations that generate some
//   OUT/stage2/...
//
// The same command goes on where it stopped, and ends with the bytes of a run that never did. A stage that is done is
// passed over. Stage 2 starts from what stage 1 of the folder handed on.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/common/progress.h"
#include "app/common/run_config.h"

namespace llama32med {

enum class MemoryCheck { kRefuse, kNone };  // of a stage that the plan says cannot fit

struct TrainingRequest {
  RunConfig config;
  std::vector<int> stages;  // 1, 2; empty: all of the config
  std::filesystem::path out;
  std::string resume = "auto";  // auto; never: what is there is thrown away; or a saved state to begin from
  MemoryCheck check_memory = MemoryCheck::kRefuse;
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct StageOutcome {
  int stage = 0;
  bool was_done = false;         // before this run
  std::filesystem::path result;  // an adapter or a model folder
  bool is_adapter = true;
  std::int64_t steps = 0, questions = 0, skipped_records = 0, skipped_steps = 0;
  double last_loss = 0;
  std::optional<double> best_value;  // of the validation's metric
  std::int64_t best_step = 0;
  std::int64_t trained_numbers = 0, model_numbers = 0;
  double wall_seconds = 0;
};

std::vector<StageOutcome> train(const TrainingRequest& request);

}  // namespace llama32med
