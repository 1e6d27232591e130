#include "llama32med/models/backbone.h"

#include <array>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/weights/checkpoint.h"
#include "models/mllama/mllama.h"

namespace llama32med {
namespace {

using Loader = std::unique_ptr<Backbone> (*)(const Json& config, const std::string& where, const WeightSource& source,
                                             const BackboneOptions& options, const at::TensorOptions& target);

struct Family {
  std::string_view model_type;  // of config.json
  Loader load;
};

constexpr std::array kFamilies = {Family{"mllama", mllama::load}};

const Family& family_of(const Json& config, const std::string& where) {
  const auto type = config.is_object() ? config.value("model_type", std::string()) : std::string();
  std::vector<std::string> known;
  for (const auto& family : kFamilies) {
    if (family.model_type == type) return family;
    known.emplace_back(family.model_type);
  }
  throw data_error("{}: model_type \"{}\" is not known; known are {}", where, type, join(known, ", "));
}

}  // namespace

std::unique_ptr<Backbone> load_backbone(const std::filesystem::path& folder, const BackboneOptions& options,
                                        const at::TensorOptions& target) {
  if (!std::filesystem::is_directory(folder))
    throw data_error("{}: not a folder; --model takes a Hugging Face checkpoint folder", folder.string());
  const auto where = (folder / "config.json").string();
  const auto config = read_json(where);
  const auto& family = family_of(config, where);  // before the weights are looked for
  return family.load(config, where, Checkpoint(folder), options, target);
}

std::unique_ptr<Backbone> load_backbone(const Json& config, const std::string& where, const WeightSource& source,
                                        const BackboneOptions& options, const at::TensorOptions& target) {
  return family_of(config, where).load(config, where, source, options, target);
}

}  // namespace llama32med
