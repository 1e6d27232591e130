#include "app/tuned_model.h"

#include "app/model_folder.h"
#include "llama32med/app/wiring.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/peft/adapter_chooser.h"

namespace llama32med {
namespace {

bool trains(const TuneConfig& tune, PartTraining how) {
  for (const auto& named : names_of(Part{}))
    if (tune.part(named.value).train == how) return true;
  return false;
}

// PEFT's format holds adapters and whole modules; of parts only the projector is one.
void check_tune(const TuneConfig& tune) {
  if (!trains(tune, PartTraining::kAdapter)) return;
  for (const auto& named : names_of(Part{}))
    if (named.value != Part::kProjector && tune.part(named.value).train == PartTraining::kFull)
      throw usage_error(
          "tune.{}.train: full cannot stand beside adapters of other parts (an adapter folder has no place for it; "
          "only the projector has); freeze the others, or train this part with an adapter",
          named.name);
}

std::vector<TrainedTensor> trained_tensors(const Backbone& model, const StageConfig& stage) {
  std::vector<TrainedTensor> trained;
  for (const auto& parameter : const_cast<Backbone&>(model).parameters().all()) {
    if (!parameter.value.is_floating_point()) continue;
    const auto& part = stage.tune.part(part_of(parameter.name));
    const auto wanted = parameter.kind == ParameterKind::kAdapter ? PartTraining::kAdapter : PartTraining::kFull;
    if (part.train != wanted) continue;
    trained.push_back({.name = parameter.name,
                       .value = parameter.value,
                       .learning_rate = part.learning_rate.value_or(stage.train.learning_rate),
                       .weight_decay = parameter.value.dim() > 1 ? stage.train.weight_decay : 0});
  }
  return trained;
}

// Dropout draws anew for each of several equal tiles, which then are no longer equal.
BackboneOptions options_for(const RunConfig& config, const TuneConfig& tune) {
  auto options = config.model.options;
  if (tune.vision.train == PartTraining::kAdapter && tune.vision.dropout.value_or(tune.dropout) > 0)
    options.tower = Tower::kDense;
  return options;
}

}  // namespace

TunedModel load_tuned_model(const RunConfig& config, const StageConfig& stage, const StageStart& start) {
  check_tune(stage.tune);
  std::optional<AdapterFolder> trained;
  if (start.adapter) trained.emplace(*start.adapter);
  const AdapterChooser chooser({.tune = &stage.tune,
                                .folder = trained ? &*trained : nullptr,
                                .seed = static_cast<std::uint64_t>(stage.train.seed)});
  TunedModel tuned;
  tuned.model = load_backbone(start.model, options_for(config, stage.tune), choose_target(config.runtime), &chooser);
  if (trained) refuse_unused(*trained, tuned.model->parameters());
  tuned.trained = trained_tensors(*tuned.model, stage);
  for (const auto& parameter : tuned.model->parameters().all())
    tuned.adapted = tuned.adapted || parameter.kind == ParameterKind::kAdapter;
  if (tuned.trained.empty())
    throw usage_error("tune: nothing is trained: every part is frozen or has no linear that target_modules names");
  return tuned;
}

void write_result(const std::filesystem::path& folder, const TunedModel& tuned, const TuneConfig& tune,
                  const StageStart& start) {
  const auto draft = std::filesystem::path(folder.string() + ".unfinished");
  std::filesystem::remove_all(draft);
  const auto& store = tuned.model->parameters();
  if (tuned.adapted)
    write_adapter(draft, store, spec_of(tune, store, start.model.string()), AdapterLayout::kNew);
  else
    write_model_folder(draft, start.model, store);
  place_folder(draft, folder);
}

}  // namespace llama32med
