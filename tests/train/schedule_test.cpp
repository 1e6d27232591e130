#include "llama32med/train/schedule.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

TEST(Schedule, CosineEqualsTheReferenceBitForBit) {
  const auto rates = read_json(test::golden("tiny/lora.json"))["values"]["curve.meta"]["lr"];
  ASSERT_EQ(rates.size(), 10);
  for (std::int64_t step = 0; step < 10; ++step)
    EXPECT_EQ(1e-3 * learning_rate_factor(step, {.warmup_steps = 3}, 10), rates[step].get<double>()) << step;
}

TEST(Schedule, LinearAndConstant) {
  const ScheduleConfig linear{.kind = ScheduleKind::kLinear, .warmup_steps = 2};
  const ScheduleConfig constant{.kind = ScheduleKind::kConstant, .warmup_steps = 2};
  const std::vector<double> expected{0, 0.5, 1, 0.75, 0.5, 0.25};
  for (std::int64_t step = 0; step < 6; ++step) {
    EXPECT_EQ(learning_rate_factor(step, linear, 6), expected[static_cast<std::size_t>(step)]) << step;
    EXPECT_EQ(learning_rate_factor(step, constant, 6), step < 2 ? step / 2.0 : 1) << step;
  }
}

TEST(Schedule, WarmupByRatioIsRoundedUp) {
  EXPECT_EQ(warmup_steps({.warmup_ratio = 0.03}, 10), 1);
  EXPECT_EQ(warmup_steps({.warmup_ratio = 0.03}, 100), 3);
  EXPECT_EQ(warmup_steps({.warmup_ratio = 0.03}, 101), 4);
  EXPECT_EQ(warmup_steps({.warmup_ratio = 0}, 100), 0);
  EXPECT_EQ(warmup_steps({.warmup_ratio = 0.5, .warmup_steps = 7}, 100), 7);
}

TEST(Schedule, EdgesOfARun) {
  EXPECT_EQ(learning_rate_factor(0, {.warmup_ratio = 0}, 1), 1);  // a run of one step has a nonzero rate
  EXPECT_EQ(learning_rate_factor(0, {.warmup_ratio = 0}, 0), 0);
  EXPECT_EQ(learning_rate_factor(10, {.warmup_steps = 3}, 10), 0);
  EXPECT_EQ(learning_rate_factor(25, {.warmup_steps = 3}, 10), 0);
  EXPECT_EQ(learning_rate_factor(4, {.warmup_steps = 8}, 6), 0.5);  // warmup longer than the run
}

TEST(Schedule, IsDescribed) {
  ScheduleConfig config;
  read_config(parse_json(R"({"kind": "linear", "warmup_steps": 5})", "text"), config, "text");
  EXPECT_EQ(config.kind, ScheduleKind::kLinear);
  EXPECT_EQ(config.warmup_steps, 5);
  EXPECT_ERROR(read_config(parse_json(R"({"kind": "cosin", "warmup_ratio": 2})", "text"), config, "text"),
               ErrorKind::kUsage, "cosine", "warmup_ratio");
}

}  // namespace
}  // namespace llama32med
