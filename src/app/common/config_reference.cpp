#include "app/common/config_reference.h"

#include <algorithm>

#include "app/common/run_config.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/config_layers.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

using Fields = std::vector<ConfigField>;

// Stages repeat sections of the run, and stage2 repeats stage1: listed once, unless the default is another one.
bool is_repeated(const ConfigField& field, const std::vector<ConfigField>& all) {
  constexpr std::string_view kStage1 = "stage1.", kStage2 = "stage2.";
  if (field.path.starts_with(kStage2)) return true;
  if (!field.path.starts_with(kStage1)) return false;
  const auto path = field.path.substr(kStage1.size());
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& other) { return other.path == path && other.value == field.value; });
}

Fields without_repeated(const Fields& all) {
  Fields fields;
  std::ranges::copy_if(all, std::back_inserter(fields), [&](const auto& field) { return !is_repeated(field, all); });
  return fields;
}

Fields in_section(const Fields& all, const std::string& section) {
  Fields fields;
  std::ranges::copy_if(all, std::back_inserter(fields),
                       [&](const auto& field) { return is_in_section(field.path, section); });
  return fields;
}

Fields with_word(const Fields& all, const std::string& word) {
  const auto wanted = ascii_lower(word);
  Fields fields;
  std::ranges::copy_if(all, std::back_inserter(fields), [&](const auto& field) {
    return !field.type.empty() && ascii_lower(field.path + " " + field.help).find(wanted) != std::string::npos;
  });
  return fields;
}

std::string line_of(const ConfigField& field) {
  if (field.type.empty()) return fmt::format("| **`{}`** | | | **{}** |\n", field.path, field.help);
  const auto* resumed = field.decides_results ? "" : "; may change when a run is resumed";
  return fmt::format("| `{}` | `{}` | `{}` | {}{} |\n", field.path, field.type, field.value, field.help, resumed);
}

}  // namespace

std::vector<std::string> config_sections() {
  std::vector<std::string> names;
  for (const auto& field : list_config(RunConfig{}))
    if (field.path.find('.') == field.path.npos) names.push_back(field.path);
  return names;
}

std::string config_reference(const std::string& wanted) {
  const auto all = list_config(RunConfig{});
  auto fields = wanted.empty() ? without_repeated(all) : in_section(all, wanted);
  if (fields.empty()) fields = with_word(without_repeated(all), wanted);
  if (fields.empty())
    throw usage_error("--help-config {}: neither a section nor a word of any config field{}; sections are {}", wanted,
                      did_you_mean(wanted, config_sections()), join(config_sections(), ", "));
  std::string text = "| field | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& field : fields) text += line_of(field);
  return text;
}

}  // namespace llama32med
