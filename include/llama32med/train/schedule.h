// The learning rate schedule, as a factor of the configured rate: linear warmup from zero, then one of three shapes.
//
// With w warmup steps out of T, step s counted from 0, progress p = (s - w) / (T - w):
//   s < w      s / w: the first warmup step has rate 0
//   cosine     (1 + cos(pi p)) / 2
//   linear     1 - p
//   constant   1
// Equals transformers' get_{cosine,linear,constant}_schedule_with_warmup.
#pragma once
#include <array>
#include <cstdint>

#include "llama32med/core/config_fields.h"

namespace llama32med {

enum class ScheduleKind { kCosine, kLinear, kConstant };
constexpr auto names_of(ScheduleKind) {
  return std::array{Named{"cosine", ScheduleKind::kCosine}, Named{"linear", ScheduleKind::kLinear},
                    Named{"constant", ScheduleKind::kConstant}};
}

struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::kCosine;
  double warmup_ratio = 0.03;
  std::int64_t warmup_steps = 0;

  static void describe(auto& c, auto&& field) {
    field("kind", c.kind, "learning rate after warmup: cosine or linear decay to zero, or constant");
    field("warmup_ratio", c.warmup_ratio, "share of all steps that is linear warmup, rounded up to whole steps",
          InRange{0.0, 1.0});
    field("warmup_steps", c.warmup_steps, "number of warmup steps; 0: use warmup_ratio", InRange{0, 1e9});
  }
};

// warmup_steps, or if that is 0 the ratio of all steps, rounded up.
std::int64_t warmup_steps(const ScheduleConfig& config, std::int64_t total_steps);

// step: 0 .. total_steps - 1. Returns 0 after the end, except for the constant schedule.
double learning_rate_factor(std::int64_t step, const ScheduleConfig& config, std::int64_t total_steps);

}  // namespace llama32med
