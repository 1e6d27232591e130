#include "llama32med/app/run_config.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

void put(Json& json, const std::string& path, const std::string& text) {
  Json* at = &json;
  for (const auto& name : split(path, '.')) at = &(*at)[name];
  *at = text;
}

}  // namespace

RunConfig load_run_config(const ConfigSources& sources) {
  Json json = sources.file.empty() ? Json::object() : read_json(sources.file);
  if (!json.is_object()) throw usage_error("{}: a config is an object {{...}}", sources.file.string());
  for (const auto& [path, text] : sources.texts) put(json, path, text);
  for (const auto* assignments : {&sources.options, &sources.assignments})
    for (const auto& assignment : *assignments) set_path(json, assignment);
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
