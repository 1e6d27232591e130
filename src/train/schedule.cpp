#include "llama32med/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace llama32med {

std::int64_t warmup_steps(const ScheduleConfig& config, std::int64_t total_steps) {
  if (config.warmup_steps > 0) return config.warmup_steps;
  return static_cast<std::int64_t>(std::ceil(config.warmup_ratio * static_cast<double>(total_steps)));
}

double learning_rate_factor(std::int64_t step, const ScheduleConfig& config, std::int64_t total_steps) {
  const auto warmup = warmup_steps(config, total_steps);
  if (step < warmup) return static_cast<double>(step) / static_cast<double>(warmup);
  const auto falling = static_cast<double>(std::max<std::int64_t>(1, total_steps - warmup));
  switch (config.kind) {
    case ScheduleKind::kCosine:
      if (step >= total_steps) return 0;  // otherwise the cosine would rise again
      return 0.5 * (1 + std::cos(std::numbers::pi * (static_cast<double>(step - warmup) / falling)));
    case ScheduleKind::kLinear:
      return std::max(0.0, static_cast<double>(total_steps - step) / falling);
    case ScheduleKind::kConstant:
      break;
  }
  return 1;
}

}  // namespace llama32med
