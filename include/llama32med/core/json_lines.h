// Files of many JSON values, read value by value: a million objects take the memory of the text and of one object.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// JSON Lines: one value per line; blank lines are skipped. The file is read by core/text_file.h.
// Calls `take` with each line's value, whatever its type, and its location, "file.jsonl:12". Throws Error{kData} with
// file, line and column if a line is not valid JSON.
void for_each_json_line(const std::filesystem::path& file,
                        const std::function<void(const Json& value, const std::string& where)>& take);

// The items of a list, or values one after the other, each on one line or on several. Calls `take` with each value,
// whatever its type, and its location, "file.json:12". Throws Error{kData} with `where` and the line if a value is not
// valid JSON (limits as in core/json_file.h) or if the list does not end.
void for_each_json_item(std::string_view text, const std::string& where,
                        const std::function<void(const Json& value, const std::string& where)>& take);

}  // namespace llama32med
