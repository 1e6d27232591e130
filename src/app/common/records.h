// The records a config names, and what they are by content.
#pragma once
#include <string>

#include "app/common/run_config.h"
#include "llama32med/data/dataset.h"
#include "llama32med/report/run_report.h"

namespace llama32med {

// Throws Error{kUsage} where name or folder are not given, Error{kData} where no record can be used.
Dataset read_records(const DataConfig& config, ImageCheck images = ImageCheck::kMustExist);

// The training split beside a test split, for baselines and leaks; or why there is none. Images need not be there.
TrainingData read_training(const DataConfig& data, const ReportConfig& report);

}  // namespace llama32med
