#include "app/train/tuned_model.h"

#include <set>

#include "app/common/load.h"
#include "app/common/model_folder.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {
namespace {

bool trains(const TuneConfig& tune, PartTraining how) {
  for (const auto& named : names_of(Part{}))
    if (tune.part(named.value).train == how) return true;
  return false;
}

// PEFT's format holds adapters and full modules; the only part that is a module is the projector.
void check_tune(const TuneConfig& tune) {
  if (!trains(tune, PartTraining::kAdapter)) return;
  for (const auto& named : names_of(Part{}))
    if (named.value != Part::kProjector && tune.part(named.value).train == PartTraining::kFull)
      throw usage_error(
          "tune.{}.train: full cannot be combined with adapters of other parts (an adapter folder can hold only the "
          "projector in full); freeze the other parts, or train this part with an adapter",
          named.name);
}

std::vector<TrainedTensor> trained_tensors(Backbone& model, const StageConfig& stage) {
  const auto& names = model.parameters().names();
  std::vector<TrainedTensor> trained;
  for (const auto& parameter : model.parameters().all()) {
    if (!parameter.value.is_floating_point()) continue;
    const auto& part = stage.tune.part(names.part_of(parameter.name));
    if (parameter.kind == ParameterKind::kPacked) {
      if (part.train != PartTraining::kFull) continue;
      throw usage_error(
          "tune.{}.train: full, but \"{}\" is in 4 bits; train this part with an adapter, or start from "
          "a model that is not quantized",
          enum_name(names.part_of(parameter.name)), parameter.name);
    }
    const auto wanted = parameter.kind == ParameterKind::kAdapter ? PartTraining::kAdapter : PartTraining::kFull;
    if (part.train != wanted) continue;
    trained.push_back({.name = parameter.name,
                       .value = parameter.value,
                       .learning_rate = part.learning_rate.value_or(stage.train.learning_rate),
                       .weight_decay = parameter.value.dim() > 1 ? stage.train.weight_decay : 0});
  }
  return trained;
}

// Parts that are trained in full are not quantized.
std::function<WeightStorage(const std::string&)> storage_for(const RunConfig& config, const TuneConfig& tune,
                                                             const ModelNames& names) {
  return [quantize = config.model.quantize, &tune, &names](const std::string& module) {
    const bool full = tune.part(names.part_of(module)).train == PartTraining::kFull;
    return full ? WeightStorage::kDense : storage_of(quantize, names, module);
  };
}

// Value of a parameter in the result: as trained, or else bit for bit the tensor it was loaded from (the store holds it
// in the compute type).
ParameterValue result_values(const TunedModel& tuned, const Checkpoint& base, const AdapterFolder* before) {
  std::set<std::string> trained;
  for (const auto& tensor : tuned.trained) trained.insert(tensor.name);
  return [trained = std::move(trained), &base, before](const Parameter& parameter) {
    const auto& name = parameter.name;
    if (trained.contains(name)) return parameter.value.detach();
    return before && before->has(name) ? before->read(name, at::kCPU) : base.read(name, at::kCPU);
  };
}

}  // namespace

BackboneOptions training_options(BackboneOptions options, const TuneConfig& tune) {
  if (tune.vision.train == PartTraining::kAdapter && tune.vision.dropout.value_or(tune.dropout) > 0)
    options.tower = Tower::kDense;
  return options;
}

TunedModel load_tuned_model(const RunConfig& config, const StageConfig& stage, const StageStart& start) {
  check_tune(stage.tune);
  std::optional<AdapterFolder> trained;
  const auto& names = model_names(start.model);
  if (start.adapter) trained.emplace(*start.adapter, names);
  const AdapterChooser chooser({.tune = &stage.tune,
                                .names = &names,
                                .folder = trained ? &*trained : nullptr,
                                .storage = storage_for(config, stage.tune, names),
                                .seed = static_cast<std::uint64_t>(stage.train.seed)});
  TunedModel tuned;
  const auto options = training_options(config.model.options, stage.tune);
  const auto target = choose_target(config.runtime);
  tuned.model = trained ? load_adapted(start.model, *trained, options, target, chooser)
                        : load_backbone(start.model, options, target, &chooser);
  chooser.refuse_unmatched();
  tuned.trained = trained_tensors(*tuned.model, stage);
  for (const auto& parameter : tuned.model->parameters().all())
    tuned.adapted = tuned.adapted || parameter.kind == ParameterKind::kAdapter;
  if (tuned.trained.empty())
    throw usage_error("tune: nothing is trained: every part is frozen, or no linear layer matches tune.target_modules");
  return tuned;
}

void write_result(const std::filesystem::path& folder, const TunedModel& tuned, const TuneConfig& tune,
                  const StageStart& start, const std::function<void(const std::filesystem::path& draft)>& add_files) {
  FolderDraft draft(folder);
  const auto& store = tuned.model->parameters();
  const Checkpoint base(start.model, store.names());
  if (tuned.adapted) {
    std::optional<AdapterFolder> before;  // its full tensors stay part of the adapter
    if (start.adapter) before.emplace(*start.adapter, store.names());
    const auto spec = spec_of(tune, store, start.model.string(), before ? &*before : nullptr);
    const auto values = result_values(tuned, base, before ? &*before : nullptr);
    write_adapter(draft.folder(), store, spec, {tune.peft_layout, values});
  } else {
    write_model_folder(draft.folder(), start.model, store, result_values(tuned, base, nullptr));
  }
  add_files(draft.folder());
  draft.place();
}

}  // namespace llama32med
