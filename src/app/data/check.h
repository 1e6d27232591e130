// `llama32med data check`: what a dataset on disk holds and what is wrong with it.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/data/data_report.h"

namespace llama32med {

// All official splits of a dataset that are there; every image is opened once. Leaves data_report.json in `out`.
DataReport check_data(const DatasetRequest& request, const std::filesystem::path& out);

}  // namespace llama32med
