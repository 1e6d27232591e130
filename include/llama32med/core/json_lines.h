// JSON Lines: one value per line; blank lines are skipped. The file is read by core/text_file.h.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Calls `take` with each line's value, whatever its type, and its location, "file.jsonl:12". Throws Error{kData} with
// file, line and column if a line is not valid JSON.
void for_each_json_line(const std::filesystem::path& file,
                        const std::function<void(const Json& value, const std::string& where)>& take);

}  // namespace llama32med
