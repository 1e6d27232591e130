#include "app/common/run_config.h"

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

Json read_config_file(const std::filesystem::path& file) {
  try {
    return read_json(file);
  } catch (const Error& error) {  // a config that is missing or not JSON is wrong usage, not bad data
    throw usage_error("{}", error.what());
  }
}

// False if a section on the way is a plain value: read_config() reports that value together with all other problems.
bool can_hold(const Json& json, const std::string& path) {
  const Json* at = &json;
  for (const auto& name : split(path, '.')) {
    if (!at->is_object()) return at->is_null();
    const auto found = at->find(name);
    if (found == at->end()) return true;
    at = &*found;
  }
  return true;
}

void put(Json& json, const std::string& path, const std::string& text) {
  Json* at = &json;
  for (const auto& name : split(path, '.')) at = &(*at)[name];
  *at = text;
}

// A stage inherits tune, train and validate of the run, and overrides them field by field.
void inherit(Json& json) {
  for (const auto* stage : {"stage1", "stage2"}) {
    const auto found = json.find(stage);
    if (found == json.end() || !found->is_object()) continue;
    for (const auto* section : {"tune", "train", "validate"}) {
      if (!json.contains(section) || !json[section].is_object()) continue;
      auto merged = json[section];
      if (found->contains(section)) merged.merge_patch((*found)[section]);
      (*found)[section] = std::move(merged);
    }
  }
}

std::string names_of_sources(const ConfigSources& sources) {
  std::vector<std::string> names;
  for (const auto& file : sources.files) names.push_back(file.string());
  return names.empty() ? "command line" : join(names, " + ");
}

}  // namespace

RunConfig load_run_config(const ConfigSources& sources) {
  Json json = Json::object();
  for (const auto& file : sources.files) {
    const auto overlay = read_config_file(file);
    if (!overlay.is_object()) throw usage_error("{}: a config is an object {{...}}", file.string());
    json.merge_patch(overlay);
  }
  for (const auto& [path, text] : sources.texts)
    if (can_hold(json, path)) put(json, path, text);
  for (const auto* assignments : {&sources.options, &sources.assignments})
    for (const auto& assignment : *assignments)
      if (can_hold(json, assignment.substr(0, assignment.find('=')))) set_path(json, assignment);
  RunConfig config;
  inherit(json);
  read_config(json, config, names_of_sources(sources));
  return config;
}

}  // namespace llama32med
