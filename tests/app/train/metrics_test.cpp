#include "app/train/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "app/train/stage_position.h"
#include "app/train/validation.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

TEST(ReadMetrics, ReadsWhatARunWrites) {
  const test::TempFolder folder;
  write_file(folder / "metrics.jsonl",
             "{\"step\": 1, \"loss\": 2.5, \"learning_rate\": 1e-4, \"gradient_norm\": 0.5, \"tokens\": 7}\n"
             "{\"step\": 2, \"loss\": \"nan\", \"questions_per_second\": 3}\n\n"
             "{\"step\": 2, \"validation_loss\": 1.5, \"validation_accuracy\": 0.25}\n{\"step\": 3, \"lo");
  const auto lines = read_metrics(folder / "metrics.jsonl");
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines[0].loss, 2.5);
  EXPECT_EQ(lines[0].gradient_norm, 0.5);
  EXPECT_FALSE(lines[0].validation_loss.has_value());
  EXPECT_TRUE(std::isnan(lines[1].loss.value()));
  EXPECT_EQ(lines[1].questions_per_second, 3);
  EXPECT_EQ(lines[2].validation_accuracy, 0.25);
}

TEST(ReadMetrics, NamesALineThatIsNotAMetric) {
  const test::TempFolder folder;
  write_file(folder / "metrics.jsonl", "{\"step\": 1}\n{\"loss\": 1}\n");
  EXPECT_ERROR(read_metrics(folder / "metrics.jsonl"), ErrorKind::kData, "metrics.jsonl:2", "step");
  write_file(folder / "metrics.jsonl", "{\"step\": 1\n{\"step\": 2}\n");
  EXPECT_ERROR(read_metrics(folder / "metrics.jsonl"), ErrorKind::kData, "metrics.jsonl:1");
}

TEST(MetricsLog, IsReadBackAndOnResumeLinesAfterTheSavedStepAreRemoved) {
  const test::TempFolder folder;
  const auto file = folder / "metrics.jsonl";
  StagePosition position;
  {
    MetricsLog log(file, 0);
    for (const double loss : {4.0, std::numeric_limits<double>::quiet_NaN(), 2.0}) {
      const StepReport report{.loss_sum = loss, .tokens = 1, .questions = 1};
      position.advance(report, 0);
      log.step(position, report, 5);
    }
    log.validation(3, {.loss = 1.25, .accuracy = 0.5});
  }
  auto lines = read_metrics(file);
  ASSERT_EQ(lines.size(), 4);
  EXPECT_EQ(lines[0].loss, 4);
  EXPECT_TRUE(std::isnan(lines[1].loss.value()));
  EXPECT_EQ(lines[3].validation_accuracy, 0.5);
  LineWriter(file).write("{\"step\": 2, \"los");  // the program was killed
  MetricsLog(file, 2);
  lines = read_metrics(file);
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[1].step, 2);
}

TEST(MetricsLog, OnResumeALineOfAnotherShapeIsNamed) {
  const test::TempFolder folder;
  const auto file = folder / "metrics.jsonl";
  for (const auto* line : {R"({"step":"x"})", R"({"step":1.5})", R"({"step":null})", "{}", "[]", "5", "{\"step\":"}) {
    write_file(file, fmt::format("{{\"step\":1}}\n{}\n{{\"step\":2}}\n", line));
    EXPECT_ERROR(MetricsLog(file, 2), ErrorKind::kData, "metrics.jsonl:2:");
    EXPECT_ERROR(read_metrics(file), ErrorKind::kData, "metrics.jsonl:2:");
  }
}

}  // namespace
}  // namespace llama32med
