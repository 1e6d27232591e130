#include "llama32med/models/backbone.h"

#include <array>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/weights/checkpoint.h"
#include "models/mllama/mllama.h"
#include "models/mllama/names.h"

namespace llama32med {
namespace {

using Loader = std::unique_ptr<Backbone> (*)(const ModelSource& source, const BackboneOptions& options,
                                             const at::TensorOptions& target, const LinearChooser* linears);

struct Family {
  std::string_view model_type;  // of config.json
  Loader load;
  const ModelNames& (*names)();
  Processor (*processor)(const std::filesystem::path& folder, const ImageProcessorConfig& images);
};

constexpr std::array kFamilies = {Family{"mllama", mllama::load, mllama::names, mllama::processor}};

const Family& family_of(const Json& config, const std::string& where) {
  if (!config.is_object() || !config.contains("model_type")) throw data_error("{}: \"model_type\" is missing", where);
  const auto& type = config["model_type"];
  std::vector<std::string> known;
  for (const auto& family : kFamilies) {
    if (type == family.model_type) return family;
    known.emplace_back(family.model_type);
  }
  throw data_error("{}: model_type {} is not known; known are {}", where, type.dump(), join(known, ", "));
}

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
  family_of(config, where);  // an unknown one is told before the weights are opened
  return load_backbone({config, where, Checkpoint(folder, model_names(folder))}, options, target, linears);
}

const ModelNames& model_names(const std::filesystem::path& folder) {
  const auto where = (folder / "config.json").string();
  return family_of(read_json(where), where).names();
}

std::vector<const ModelNames*> known_model_names() {
  std::vector<const ModelNames*> names;
  for (const auto& family : kFamilies) names.push_back(&family.names());
  return names;
}

Processor load_processor(const std::filesystem::path& folder, const ImageProcessorConfig& images) {
  const auto where = (folder / "config.json").string();
  return family_of(read_json(where), where).processor(folder, images);
}

std::unique_ptr<Backbone> load_backbone(const ModelSource& source, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears) {
  auto model = family_of(source.config, source.where).load(source, options, target, linears);
  refuse_unexpected(source.weights, model->parameters());
  return model;
}

}  // namespace llama32med
