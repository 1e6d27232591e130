#include "app/train/stage_machine.h"

#include <algorithm>

#include "app/train/stage_identity.h"
#include "llama32med/peft/tune_config.h"

namespace llama32med {
namespace {

bool trains_vision(const TunedModel& tuned) {
  const auto& names = tuned.model->parameters().names();
  return std::ranges::any_of(tuned.trained,
                             [&](const TrainedTensor& tensor) { return names.part_of(tensor.name) == Part::kVision; });
}

std::unique_ptr<FeatureCache> make_feature_cache(const StageInputs& inputs, const TunedModel& tuned) {
  const auto& config = inputs.stage.train.feature_cache;
  if (config.kind == FeatureCacheKind::kOff || trains_vision(tuned)) return nullptr;
  return std::make_unique<FeatureCache>(config, features_key(inputs.run, inputs.start, tuned.model->target()));
}

}  // namespace

std::int64_t StageMachine::trained_parameters() const {
  std::int64_t count = 0;
  for (const auto& tensor : tuned.trained) count += tensor.value.numel();
  return count;
}

StageMachine load_stage_machine(const StageInputs& inputs) {
  const auto& stage = inputs.stage;
  StageMachine machine{.tuned = load_tuned_model(inputs.run, stage, inputs.start)};
  machine.encoder = load_encoder(*machine.tuned.model, inputs.start.model, stage.prompt, inputs.run.image);
  machine.features = make_feature_cache(inputs, machine.tuned);
  machine.trainer = std::make_unique<Trainer>(*machine.tuned.model, stage.train,
                                              TrainerSetup{.trained = machine.tuned.trained,
                                                           .scaling = machine.encoder.encoder->images().scaling(),
                                                           .total_steps = inputs.length.steps,
                                                           .seed = static_cast<std::uint64_t>(stage.train.seed),
                                                           .features = machine.features.get()});
  return machine;
}

}  // namespace llama32med
