#include "app/common/progress.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Progress, DurationsReadLikeAClock) {
  EXPECT_EQ(duration_text(0), "0s");
  EXPECT_EQ(duration_text(-3), "0s");
  EXPECT_EQ(duration_text(0.6), "1s");
  EXPECT_EQ(duration_text(59.4), "59s");
  EXPECT_EQ(duration_text(59.6), "1m00s");
  EXPECT_EQ(duration_text(75.3), "1m15s");
  EXPECT_EQ(duration_text(3599.4), "59m59s");
  EXPECT_EQ(duration_text(3599.6), "1h00m");
  EXPECT_EQ(duration_text(2 * 3600 + 61), "2h01m");
  EXPECT_EQ(duration_text(100 * 3600), "100h00m");
}

TEST(Progress, AProcessHasAnAge) {
  const auto age = process_age();
  EXPECT_GE(age, 0);
  EXPECT_LT(age, 3600);
  EXPECT_GE(process_age(), age);
}

// In a test, standard error is not a terminal: plain lines, at least the first and the last.
TEST(Progress, PlainLinesWithoutATerminal) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("eval", "questions", ProgressStyle::kAuto);
    progress.update(10, 40, 0);
    progress.update(20, 40, 10);  // too soon for another line
    progress.update(40, 40, 30, "loss 0.31");
  }
  const auto text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("eval 10/40 questions\n"), 0U) << text;
  EXPECT_EQ(text.find("20/40"), text.npos) << text;
  EXPECT_NE(text.find("eval 40/40 questions, "), text.npos) << text;
  EXPECT_NE(text.find("/s in 0s, loss 0.31\n"), text.npos) << text;
  EXPECT_EQ(text.find('\x1b'), text.npos) << text;
}

TEST(Progress, NothingWhenQuiet) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("eval", "questions", ProgressStyle::kNone);
    progress.update(0, 4, 0);
    progress.update(4, 4, 4);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, NothingToDoDoesNotDivideByZero) {
  ::testing::internal::CaptureStderr();
  Progress("eval", "questions", ProgressStyle::kAuto).update(0, 0, 0);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "eval 0/0 questions in 0s\n");
}

}  // namespace
}  // namespace llama32med
