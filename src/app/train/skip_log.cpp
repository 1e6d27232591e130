#include "app/train/skip_log.h"

#include <spdlog/spdlog.h>

namespace llama32med {

void SkipLog::warn(const std::vector<SkippedRecord>& skipped) {
  for (const auto& record : skipped) {
    if (first_reason_.empty()) first_reason_ = record.reason;
    const bool by_image = !record.missing_image.empty();
    if (!known_.insert(by_image ? "image " + record.missing_image : "record " + record.id).second) continue;
    if (by_image) {
      spdlog::warn("image {} cannot be used, its records are skipped: {}", record.missing_image, record.reason);
    } else {
      spdlog::warn("record {} is skipped: {}", record.id, record.reason);
    }
  }
}

}  // namespace llama32med
