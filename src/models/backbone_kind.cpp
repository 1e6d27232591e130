#include "llama32med/models/backbone_kind.h"

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/strings.h"
#include "llama32med/models/model_folder.h"
#include "models/mllama/mllama.h"

namespace llama32med {
namespace {

// A deque keeps references to its elements valid when another one is added.
std::deque<BackboneKind>& table() {
  static std::deque<BackboneKind> kinds = {mllama::kind()};
  return kinds;
}

}  // namespace

void add_backbone(BackboneKind kind) {
  if (std::ranges::find(table(), kind.model_type, &BackboneKind::model_type) != table().end())
    throw std::logic_error("add_backbone: \"" + kind.model_type + "\" is already registered");
  table().push_back(std::move(kind));
}

const BackboneKind& backbone_kind(const Json& config, const std::string& where) {
  const auto& type = JsonObject(config, where).require("model_type");
  std::vector<std::string> known;
  for (const auto& kind : table()) {
    if (type == kind.model_type) return kind;
    known.push_back(kind.model_type);
  }
  throw data_error("{}: model_type {} is not known; known are {}", where, json_excerpt(type), join(known, ", "));
}

std::unique_ptr<ModelOutline> read_outline(const Json& config, const std::string& where) {
  const auto& kind = backbone_kind(config, where);
  auto outline = kind.read(config, where);
  outline->names_ = kind.names;
  return outline;
}

std::unique_ptr<ModelOutline> read_outline(const std::filesystem::path& folder) {
  return read_outline(read_model_config(folder), (folder / "config.json").string());
}

const ModelNames& model_names(const std::filesystem::path& folder) { return read_outline(folder)->names(); }

std::vector<const ModelNames*> known_model_names() {
  std::vector<const ModelNames*> names;
  for (const auto& kind : table()) names.push_back(kind.names);
  return names;
}

Processor load_processor(const std::filesystem::path& folder, const ImageProcessorConfig& images) {
  return read_outline(folder)->processor(folder, images);
}

Processor synthetic_processor(const std::filesystem::path& folder) { return read_outline(folder)->processor({}, {}); }

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& kind : table())
    for (const auto& preset : kind.presets) names.push_back(preset.name);
  return names;
}

PresetOf find_preset(const std::string& option, const std::string& name) {
  for (const auto& kind : table())
    for (const auto& preset : kind.presets)
      if (preset.name == name) return {kind, preset};
  const auto known = preset_names();
  throw usage_error("{}: \"{}\" is not known{}; known are {}", option, name, did_you_mean(name, known),
                    join(known, ", "));
}

}  // namespace llama32med
