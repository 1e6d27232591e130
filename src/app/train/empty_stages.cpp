#include "app/train/empty_stages.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/common/records.h"

namespace llama32med {
namespace {

bool is_empty(const DataConfig& data) {
  if (data.kind == RecordKind::kAll || data.name.empty() || data.folder.empty()) return false;
  return count_records(data) == 0;
}

}  // namespace

void leave_out_empty_stages(RunConfig& config, const std::vector<int>& asked) {
  for (const int number : {1, 2}) {
    auto& stage = number == 1 ? config.stage1 : config.stage2;
    if (!stage || std::ranges::find(asked, number) != asked.end() || !is_empty(stage->data)) continue;
    spdlog::info("stage {} is left out: {} has no {} in split {}", number, stage->data.folder.string(),
                 enum_name(stage->data.kind), stage->data.split);
    stage.reset();
    if (number == 1 && config.stage2 && config.stage2->start == "auto") config.stage2->start = "fresh";
  }
}

}  // namespace llama32med
