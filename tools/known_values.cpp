#include "known_values.h"

#include <algorithm>
#include <array>

#include "app/common/load.h"
#include "app/common/run_config.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/data/dataset.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {
namespace {

using Names = std::vector<std::string>;

Names protocols() {
  auto names = protocol_names();
  names.emplace_back("all");
  return names;
}

struct KnownValues {
  std::string_view field;  // end of a path: stages repeat sections
  Names (*values)();
};
const std::array kKnown = {
    KnownValues{"data.name", dataset_names},
    KnownValues{"data.split",
                [] {
                  return Names{"train", "validate", "test"};
                }},
    KnownValues{"data.language",
                [] {
                  return Names{"en", "zh", "all"};
                }},
    KnownValues{"prompt.file", prompts_that_ship},
    KnownValues{"report.protocols", protocols},
    KnownValues{"runtime.device",
                [] {
                  return Names{"auto", "cpu", "cuda", "cuda:0"};
                }},
};

// "{a,b}" and "[{a,b}]" are enums, "[{...}]" and "{NAME: INT}" are not.
Names enum_values(const std::string& type) {
  const auto begin = type.find('{'), end = type.find('}');
  if (begin == type.npos || type.find("...") != type.npos || type.find(':') != type.npos) return {};
  return split(type.substr(begin + 1, end - begin - 1), ',');
}

}  // namespace

std::vector<std::string> prompts_that_ship() {
  try {
    return prompt_names(shipped("prompts"));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kResource) throw;
    return {};  // an incomplete copy can still show its help
  }
}

FieldText field_text(const ConfigField& field) {
  FieldText text{.path = field.path, .values = enum_values(field.type)};
  if (field.type == "BOOL") text.values = {"true", "false"};
  if (field.type == "PATH" || field.path.ends_with("prompt.file")) text.argument = Argument::kFile;
  const auto known = std::ranges::find_if(kKnown, [&](const auto& entry) { return field.path.ends_with(entry.field); });
  if (known != kKnown.end()) text.values = known->values();
  return text;
}

std::vector<FieldText> field_texts() {
  std::vector<FieldText> texts;
  for (const auto& field : list_config(RunConfig{}))
    if (!field.type.empty()) texts.push_back(field_text(field));
  return texts;
}

}  // namespace llama32med
