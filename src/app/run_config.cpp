#include "llama32med/app/run_config.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

Json read_config_file(const std::filesystem::path& file) {
  try {
    return read_json(file);
  } catch (const Error& error) {  // a config that is not there or not JSON is wrong usage, not bad data
    throw usage_error("{}", error.what());
  }
}

// False where a section on the way is a plain value: read_config() complains about that value, with all other problems.
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

}  // namespace

RunConfig load_run_config(const ConfigSources& sources) {
  Json json = sources.file.empty() ? Json::object() : read_config_file(sources.file);
  if (!json.is_object()) throw usage_error("{}: a config is an object {{...}}", sources.file.string());
  for (const auto& [path, text] : sources.texts)
    if (can_hold(json, path)) put(json, path, text);
  for (const auto* assignments : {&sources.options, &sources.assignments})
    for (const auto& assignment : *assignments)
      if (can_hold(json, assignment.substr(0, assignment.find('=')))) set_path(json, assignment);
  RunConfig config;
  read_config(json, config, sources.file.empty() ? "command line" : sources.file.string());
  return config;
}

std::string run_config_reference() {
  std::string text = "| field | default | meaning |\n|---|---|---|\n";
  for (const auto& field : list_config(RunConfig{}))
    text += fmt::format("| `{}` | `{}` | {} |\n", field.path, field.value, field.help);
  return text;
}

}  // namespace llama32med
