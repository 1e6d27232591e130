// `llama32med data import`: other people's files to records.jsonl.
#pragma once
#include <filesystem>

#include "llama32med/data/import.h"

namespace llama32med {

// Writes `out` whole or not at all; replaces an earlier import of that name.
ImportReport import_to(const ImportOptions& options, const std::filesystem::path& out);

}  // namespace llama32med
