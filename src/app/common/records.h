// Reads the records that a config names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "app/common/run_config.h"
#include "llama32med/data/dataset.h"
#include "llama32med/report/context.h"

namespace llama32med {

// Warns about skipped records, in one line. Throws Error{kUsage} if name or folder is missing, Error{kData} if no
// record is usable.
Dataset read_records(const DataConfig& config, ImageCheck images = ImageCheck::kMustExist);

// The same for training. Throws Error{kData} if more than 1 % of the records have no image file, unless the config
// allows it; `section` is the config's place, "stage2.data".
Dataset read_training_records(const DataConfig& config, const std::string& section);

// The records of the config's split and kind, whether their images exist or not.
std::size_t count_records(const DataConfig& config);

// How many records were skipped and why: "slake train: 65 of 131 records have no image file: a.jpg, b.jpg, c.jpg, ...";
// "" if none was.
std::string skipped_text(const Dataset& dataset);

// What to call the records: "captions" if none has a question, "questions" if all have, else "records".
std::string_view unit_of(const std::vector<Record>& records);

// The training split of a test split, for baselines and leak detection; or why there is none. Images may be missing.
// Does not warn.
TrainingData read_training(const DataConfig& data, const ReportConfig& report);

}  // namespace llama32med
