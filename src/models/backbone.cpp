#include "llama32med/models/backbone.h"

#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {
namespace {

// A tensor the model has no place for means that the config is of another model: its answers would be wrong silently.
void refuse_unexpected(const WeightSource& source, const ParameterStore& parameters) {
  std::set<std::string> taken;
  for (const auto& parameter : parameters.all()) taken.insert(parameter.name);
  std::vector<std::string> unexpected;
  for (const auto& name : source.names())
    if (!taken.contains(name)) unexpected.push_back(name);
  if (unexpected.empty()) return;
  throw data_error("{}: tensor \"{}\"{} has no place in the model that config.json describes", source.where(),
                   unexpected.front(),
                   unexpected.size() > 1 ? fmt::format(" (the first of {})", unexpected.size()) : std::string());
}

}  // namespace

std::unique_ptr<Backbone> load_backbone(const std::filesystem::path& folder, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears) {
  if (!std::filesystem::is_directory(folder))
    throw data_error("{}: not a folder; --model takes a Hugging Face checkpoint folder", folder.string());
  const auto where = (folder / "config.json").string();
  const auto config = read_json(where);
  read_outline(config, where);  // a config that does not fit fails before the weights are opened
  return load_backbone({config, where, Checkpoint(folder, model_names(folder))}, options, target, linears);
}

std::unique_ptr<Backbone> load_backbone(const ModelSource& source, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears) {
  auto model = read_outline(source.config, source.where)->build(source.weights, options, target, linears);
  refuse_unexpected(source.weights, model->parameters());
  return model;
}

}  // namespace llama32med
