// JSON lines: one value a line, blank lines skipped, a byte-order mark at the beginning allowed.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Calls `take` with each line's value, whatever its type, and its place, "file.jsonl:12". Throws Error{kData} naming
// file, line and column of a line that is not JSON.
void for_each_json_line(const std::filesystem::path& file,
                        const std::function<void(const Json& value, const std::string& where)>& take);

}  // namespace llama32med
