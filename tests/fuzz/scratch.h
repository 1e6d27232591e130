// Files for readers that take a path.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace llama32med::fuzz {

// A folder of its own for each target, removed when the process ends. Below TMPDIR: scripts/fuzz.sh sets it to a
// folder in memory.
std::filesystem::path scratch_folder(const std::string& target);

// Writes the file into the target's folder, replacing an earlier one. Not flushed to the disk: fuzzing writes thousands
// per second.
std::filesystem::path scratch_file(const std::string& target, const std::string& name, std::string_view bytes);

}  // namespace llama32med::fuzz
