// Reads the records that a config names.
#pragma once
#include <string>

#include "app/common/run_config.h"
#include "llama32med/data/dataset.h"
#include "llama32med/report/context.h"

namespace llama32med {

// Throws Error{kUsage} if name or folder is missing, Error{kData} if no record is usable.
Dataset read_records(const DataConfig& config, ImageCheck images = ImageCheck::kMustExist);

// The training split of a test split, for baselines and leak detection; or why there is none. Images may be missing.
TrainingData read_training(const DataConfig& data, const ReportConfig& report);

}  // namespace llama32med
