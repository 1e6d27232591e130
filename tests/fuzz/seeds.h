// Seed inputs from the files of the repository, so that no copies of them are stored.
#pragma once
#include <filesystem>
#include <initializer_list>
#include <string>

#include "fuzz/target.h"

namespace llama32med::fuzz {

// The contents of a file, given by its path in the repository.
std::string source_text(const std::string& path);

// The contents of the files of a folder whose names end in `ending`, in the order of their names. Files of more than
// 64 KiB are left out: mutations of them rarely hit the parts that matter.
Seeds files_in(const std::string& folder, const std::string& ending);

// A JSON list, reduced to its first items.
Seeds first_items(const std::string& file, std::size_t count);
// The first lines of a file as one input.
Seeds first_lines(const std::string& file, std::size_t count);

Seeds joined(std::initializer_list<Seeds> lists);

// Inputs that once failed: tests/fuzz/corpus/<target>/*.input
Seeds regressions(const std::string& target);

}  // namespace llama32med::fuzz
