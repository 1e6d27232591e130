#include "llama32med/metrics/medevalkit.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

constexpr auto kYesNo = MedEvalKitRules::kYesNo;
constexpr auto kAnnotated = MedEvalKitRules::kAnnotated;

TEST(MedEvalKit, TakesWhatFollowsAPhrase) {
  EXPECT_EQ(medevalkit_extract("The answer is: CT"), ": ct");  // its flaw
  EXPECT_EQ(medevalkit_extract("Answer: CT. Final answer is MRI"), " mri");
  EXPECT_EQ(medevalkit_extract("**Answer**: CT"), " ct");
  EXPECT_EQ(medevalkit_extract("so \\boxed{ left {lung} }"), "left {lung}");
  EXPECT_EQ(medevalkit_extract("a boxed set"), "None");  // the word without a box
  EXPECT_EQ(medevalkit_extract("<answer>A</answer> or <answer>b</answer>"), "a b");
  EXPECT_EQ(medevalkit_extract("<answer>open"), "<answer>open");
  EXPECT_EQ(medevalkit_extract("CT"), "ct");
}

TEST(MedEvalKit, ClosedIsLenientForYesNoSetsOnly) {
  const auto hit = [](const char* text, const char* reference, MedEvalKitRules rules) {
    return medevalkit_closed(text, reference, rules).correct;
  };
  EXPECT_TRUE(hit("Yes, it is", "Yes", kYesNo));
  EXPECT_FALSE(hit("Yes, normal", "yes", kYesNo));  // "normal" contains "no"
  EXPECT_TRUE(hit("The heart is normal", "no", kYesNo));
  EXPECT_TRUE(hit("Yes.", "Yes", kAnnotated));
  EXPECT_FALSE(hit("Yes, it is", "Yes", kAnnotated));
  EXPECT_TRUE(hit("yes, it is", "yes", kAnnotated));  // lower-case references are judged leniently
  EXPECT_TRUE(hit("T2", "T2", kAnnotated));
}

TEST(MedEvalKit, OpenIsEqualityAndColumnsAreRotated) {
  EXPECT_TRUE(medevalkit_open(" Right Lung ", "right lung", kYesNo).correct);
  EXPECT_FALSE(medevalkit_open(" CT", "CT", kAnnotated).correct);  // SLAKE's code does not trim
  EXPECT_FALSE(medevalkit_open("right lung.", "right lung", kYesNo).correct);
  const auto judged = medevalkit_open("The answer is: right lung", "right lung", kYesNo);
  EXPECT_FALSE(judged.correct);
  EXPECT_DOUBLE_EQ(judged.reported_precision, 0.8);   // the F1
  EXPECT_DOUBLE_EQ(judged.reported_recall, 2.0 / 3);  // the precision
  EXPECT_DOUBLE_EQ(judged.reported_f1, 1);            // the recall
}

TEST(MedEvalKit, ReportsWhereItsCodeRaises) {
  EXPECT_EQ(medevalkit_open("", "CT", kYesNo).raises, "ValueError");
  EXPECT_EQ(medevalkit_open("...", "CT", kYesNo).raises, "ValueError");
  EXPECT_EQ(medevalkit_open(" ", "CT", kAnnotated).raises, "TypeError");
  EXPECT_EQ(medevalkit_open("CT", "CT", kYesNo).raises, "");
}

TEST(LmmsMedEvalKit, RemovesTheColon) {
  EXPECT_EQ(lmms_medevalkit_extract("The answer is: Right lung"), "Right lung");
  EXPECT_EQ(lmms_medevalkit_extract("x \\boxed{a} \\boxed{b}"), "a");
  EXPECT_EQ(lmms_medevalkit_extract("<answer> b </answer>"), "b");
  EXPECT_TRUE(lmms_medevalkit_open("The answer is: right lung", "Right lung"));
  EXPECT_TRUE(lmms_medevalkit_closed("Answer: yes.", "Yes"));
  EXPECT_FALSE(lmms_medevalkit_closed("yes and no", "Yes"));
  EXPECT_TRUE(lmms_medevalkit_closed("T2.", "T2"));
}

}  // namespace
}  // namespace llama32med
