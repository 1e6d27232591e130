#include "app/train/stage_inputs.h"

#include "app/common/records.h"

namespace llama32med {
namespace {

StageLength length_of(const std::vector<Record>& records, const TrainConfig& train) {
  StageLength length;
  for (std::int64_t epoch = 0; epoch < train.epochs; ++epoch)
    for (const auto& step : epoch_steps(records, train.loader, static_cast<std::uint64_t>(train.seed), epoch)) {
      if (train.max_steps > 0 && length.steps == train.max_steps) return length;
      ++length.steps;
      length.questions += static_cast<std::int64_t>(step.size());
    }
  return length;
}

}  // namespace

StageInputs read_stage_inputs(const TrainingRequest& request, int number, const StageConfig& stage) {
  StageInputs inputs{.number = number,
                     .run = request.config,
                     .stage = stage,
                     .files = StageFiles(request.out, number),
                     .start = find_start(request, number, stage),
                     .data = read_stage_data(stage, number)};
  inputs.unit = unit_of(inputs.data.train.records);
  inputs.length = length_of(inputs.data.train.records, stage.train);
  return inputs;
}

}  // namespace llama32med
