// The fields of a config with types, defaults and meanings: `--help-config`.
#pragma once
#include <string>
#include <vector>

namespace llama32med {

std::vector<std::string> config_sections();  // "model", "prompt", ...

// A Markdown table of all fields, of those of one section ("train", "image.resize") or field, or else of those whose
// name or meaning contains `wanted`. Throws Error{kUsage} if there are none.
std::string config_reference(const std::string& wanted);

}  // namespace llama32med
