#pragma once
#include <algorithm>
#include <cmath>
#include <array>
#include "llama32med/core/config_fields.h"
namespace llama32med {
enum class ScheduleKind { kCosine, kLinear, kConstant };
constexpr auto names_of(ScheduleKind) { return std::array{Named{"cosine", ScheduleKind::kCosine}, Named{"linear", ScheduleKind::kLinear}, Named{"constant", ScheduleKind::kConstant}}; }
struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::kCosine;
  double warmup_ratio = 0.03;
  std::int64_t warmup_steps = 0;
  static void describe(auto& c, auto&& field) {
    field("kind", c.kind, "cosine, linear or constant");
    field("warmup_ratio", c.warmup_ratio, "x", InRange{0, 1});
    field("warmup_steps", c.warmup_steps, "x", InRange{0, 1e9});
  }
};
inline double learning_rate_factor(std::int64_t step, const ScheduleConfig& c, std::int64_t total) {
  const auto warm = c.warmup_steps > 0 ? c.warmup_steps : static_cast<std::int64_t>(std::ceil(c.warmup_ratio * static_cast<double>(total)));
  if (step < warm) return static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, warm));
  const double p = static_cast<double>(step - warm) / static_cast<double>(std::max<std::int64_t>(1, total - warm));
  if (c.kind == ScheduleKind::kConstant) return 1;
  if (c.kind == ScheduleKind::kLinear) return std::max(0.0, 1 - p);
  return std::max(0.0, 0.5 * (1 + std::cos(M_PI * p)));
}
}  // namespace llama32med
