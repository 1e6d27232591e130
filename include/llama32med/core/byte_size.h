// Amounts of memory as people write them: "24GiB", "24 GB", "24G" (GiB), "800MiB".
#pragma once
#include <cstdint>
#include <string>

namespace llama32med {

// Throws Error{kUsage} that begins with `what` unless the text is a positive number and a unit.
std::int64_t parse_byte_size(const std::string& what, const std::string& text);

}  // namespace llama32med
