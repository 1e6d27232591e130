// What the three completion scripts have in common.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "manual/manual.h"

namespace llama32med {

std::string replaced(std::string text, std::string_view mark, std::string_view by);  // replaces each occurrence
std::string shell_quoted(const std::string& text);                                   // 'it'\''s'
std::string first_clause(const std::string& help);                                   // up to the first semicolon
// --help and the options of `command`, without positional arguments.
std::vector<OptionText> completed_options(const CommandText& command);

}  // namespace llama32med
