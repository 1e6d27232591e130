// JSON texts and files, read with errors that name the file, line and column.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Comments (// and /* */) are allowed. Throws Error{kData} that begins with `where` if the text is not valid JSON, if a
// number is too large for a double, or if it is nested more than 500 levels deep.
Json parse_json(std::string_view text, const std::string& where);
Json read_json(const std::filesystem::path& path);
void write_json(const std::filesystem::path& path, const Json& value);  // indented by two, atomic
// One line. Invalid UTF-8 is replaced by U+FFFD instead of throwing.
std::string json_line(const Json& value);

}  // namespace llama32med
