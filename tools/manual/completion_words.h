// What the three completion scripts have in common.
#pragma once
#include <string>
#include <vector>

#include "manual/manual.h"

namespace llama32med {

std::string first_clause(const std::string& help);  // up to the first semicolon
// --help and the options of `command`, without positional arguments.
std::vector<OptionText> completed_options(const CommandText& command);

}  // namespace llama32med
