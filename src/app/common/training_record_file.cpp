#include "app/common/training_record.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/version.h"

namespace llama32med {

Json read_training_record(const std::filesystem::path& file) {
  auto record = read_json(file);
  const auto* settings = json_at(record, {"settings"});
  if (!settings || !settings->is_object())
    throw data_error(
        "{}: is not a training record: \"settings\" is missing; remove the file to use the weights without",
        file.string());
  if (const auto format = record.value("format", Json()); format != kTrainingRecordFormat)
    throw data_error(
        "{}: has format {}, this version of llama32med ({}) knows format {}; update llama32med, or remove "
        "the file to use the weights without it",
        file.string(), json_excerpt(format), program_version(), kTrainingRecordFormat);
  return record;
}

}  // namespace llama32med
