#include "llama32med/report/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "llama32med/core/config_json.h"
#include "report/scored_items.h"

namespace llama32med::test {
namespace {

// 40 answers by a rule that is easy to repeat in Python; no two have the same confidence.
TestRun& give_probabilities(TestRun& run) {
  for (int i = 0; i < 40; ++i) {
    auto& prediction = run.items()[i].prediction;
    prediction.p_yes = (i * 37 % 41 + 0.3) / 42;
    prediction.p_no = 1 - *prediction.p_yes;
  }
  return run;
}

std::vector<Asked> closed_questions() {
  std::vector<Asked> asked;
  for (int i = 0; i < 40; ++i) {
    const bool says_yes = (i * 37 % 41 + 0.3) / 42 > 0.5;
    asked.push_back({std::to_string(i), "i", "q", i * i % 7 < 3 ? "Yes" : "no", says_yes ? "yes" : "no"});
  }
  return asked;
}

// References: scikit-learn 1.9.1 (brier_score_loss, roc_auc_score); ECE, AURC by numpy from their definitions.
TEST(Calibration, ClosedEqualsTheReferences) {
  TestRun run(closed_questions());
  give_probabilities(run);
  const auto report = calibration_of(run.scored());
  ASSERT_TRUE(report.closed);
  EXPECT_EQ(report.closed->n, 40);
  EXPECT_EQ(report.closed->bins.size(), 15u);
  EXPECT_NEAR(*report.closed->brier, 0.3232766439909297, 1e-12);
  EXPECT_NEAR(*report.closed->auroc, 0.4661654135338346, 1e-12);
  EXPECT_NEAR(report.closed->ece, 0.37190476190476196, 1e-12);
  EXPECT_FALSE(report.open);
  const auto& curve = *report.risk_coverage;
  EXPECT_NEAR(curve.aurc, 0.5089169328537047, 1e-12);
  EXPECT_NEAR(curve.accuracy_at_80, 0.5, 1e-12);
  EXPECT_NEAR(curve.accuracy_at_90, 19.0 / 36, 1e-12);
  EXPECT_EQ(curve.coverage_at_95, 0);
  EXPECT_EQ(calibration_json(calibration_of(run.shuffled())), calibration_json(report));
  EXPECT_EQ(risk_coverage_json(calibration_of(run.shuffled())), risk_coverage_json(report));
}

TEST(Calibration, OpenConfidenceIsTheMeanOverTokens) {
  TestRun run({{"1", "i", "q", "lung", "lung"}, {"2", "i", "q", "liver", "lung"}, {"3", "i", "q", "heart", "heart"}});
  run.items()[0].prediction.log_probability = std::log(0.81), run.items()[0].prediction.new_tokens = 2;
  run.items()[1].prediction.log_probability = std::log(0.5), run.items()[1].prediction.new_tokens = 1;
  const auto report = calibration_of(run.scored());
  ASSERT_TRUE(report.open);
  EXPECT_EQ(report.open->n, 2);
  EXPECT_EQ(report.open->without, 1);
  EXPECT_EQ(report.open->auroc, 1);
  EXPECT_FALSE(report.open->brier);
  EXPECT_NEAR(report.open->ece, (0.1 + 0.5) / 2, 1e-12);
  EXPECT_EQ(report.risk_coverage->coverage_at_95, 0.5);
  EXPECT_EQ(report.risk_coverage->aurc, (0 + 0.5) / 2);
}

TEST(Calibration, EqualConfidencesShareTheirRisk) {
  TestRun run({{"1", "i", "q", "yes", "yes"}, {"2", "i", "q", "no", "yes"}});
  for (auto& item : run.items()) item.prediction.p_yes = 0.6, item.prediction.p_no = 0.2;
  const auto report = calibration_of(run.scored());
  EXPECT_EQ(report.closed->auroc, 0.5);
  EXPECT_DOUBLE_EQ(report.closed->brier.value(), (0.25 * 0.25 + 0.75 * 0.75) / 2);
  EXPECT_EQ(report.risk_coverage->aurc, 0.5);
}

TEST(Calibration, AbsentWithoutProbabilities) {
  const TestRun run(closed_questions());
  const auto report = calibration_of(run.scored());
  EXPECT_FALSE(report.closed);
  EXPECT_FALSE(report.risk_coverage);
  EXPECT_EQ(calibration_markdown(report), "");
  EXPECT_TRUE(risk_coverage_json(report).is_null());
}

}  // namespace
}  // namespace llama32med::test
