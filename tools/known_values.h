// Values that --help and shells can offer because the program knows them.
#pragma once
#include <string>
#include <vector>

#include "manual/manual.h"

namespace llama32med {

struct ConfigField;

// The field of a config with the values it may take: all values for an enum, the known ones for a text.
FieldText field_text(const ConfigField& field);
std::vector<FieldText> field_texts();          // every field, for --set
std::vector<std::string> prompts_that_ship();  // names; none in a copy without them

}  // namespace llama32med
