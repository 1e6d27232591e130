// `llama32med data check`: contents and problems of a dataset on disk.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/data/data_report.h"

namespace llama32med {

// Checks one split, or all official splits on disk; opens every image once. Writes data_report.json to `out`,
// unless that is empty.
DataReport check_data(const DatasetRequest& request, const std::filesystem::path& out);

}  // namespace llama32med
