#include "llama32med/eval/protocol.h"

#include <gmock/gmock.h>

#include "llama32med/data/dataset.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

double score(const char* name, const std::string& reference, const std::string& prediction) {
  return protocol(name).score({"Q?", reference, "", prediction}).score;
}

TEST(Protocol, UnknownNamesAreNamed) {
  EXPECT_THAT(protocol_names(), ::testing::ElementsAre("paper", "strict-em"));
  EXPECT_ERROR(protocol("papr"), ErrorKind::kUsage, "\"papr\"", "did you mean \"paper\"", "paper, strict-em");
}

TEST(Protocol, PaperTakesTheTemplateOff) {
  const auto scored = protocol("paper").score({"Q?", "Left Lung", "OPEN", "The answer is: left  lung.<|eot_id|>"});
  EXPECT_EQ(scored.score, 1);
  EXPECT_EQ(scored.extracted, "left  lung.");
  EXPECT_TRUE(scored.extract_hit);
  EXPECT_EQ(scored.kind, AnswerKind::kOpen);
}

TEST(Protocol, KindComesFromTheReferenceNotTheAnnotation) {
  EXPECT_EQ(protocol("paper").score({"Q?", "Yes", "OPEN", ""}).kind, AnswerKind::kClosed);
  EXPECT_EQ(protocol("strict-em").score({"Q?", "Lung", "CLOSED", ""}).kind, AnswerKind::kOpen);
}

TEST(Protocol, AnEmptyPredictionIsNeverRight) {
  for (const char* name : {"paper", "strict-em"})
    for (const char* text : {"", " ", "\u00A0\n"}) EXPECT_EQ(score(name, "", text), 0) << name;
  EXPECT_EQ(score("paper", ".", "The answer is: ."), 0);
}

TEST(Protocol, AccentsAndWidthsCompareAsUnicodeSays) {
  EXPECT_EQ(score("paper", "Œdème x²", "œDÈME x2"), 1);
  EXPECT_EQ(score("strict-em", "Œdème x²", "œDÈME x2"), 0);  // no NFKC
  EXPECT_EQ(score("strict-em", "Straße", "STRASSE"), 1);
}

TEST(Protocol, EveryReferenceIsItsOwnRightAnswer) {
  struct Set {
    const char *name, *split;
  };
  for (const auto& [name, split] : {Set{"vqa_rad", "train-framed"}, Set{"vqa_rad", "test"}, Set{"slake", "train"},
                                    Set{"slake", "test"}, Set{"path_vqa", "test"}}) {
    const auto folder = full_data(name);
    if (!folder) GTEST_SKIP() << kNoFullData;
    for (const auto& record :
         read_dataset({.name = name, .folder = *folder, .split = split, .images = ImageCheck::kIgnore}).records) {
      for (const auto& rule : protocol_names())
        ASSERT_EQ(score(rule.c_str(), record.answer, record.answer), 1) << record.id;
      ASSERT_EQ(score("paper", record.answer, "The answer is: " + record.answer), 1) << record.id;
    }
  }
}

TEST(Protocol, TheSignatureSaysWhatANumberBelongsTo) {
  const auto line = signature(protocol("paper"), {"slake", "test", 1061, 1061, "greedy"});
  EXPECT_THAT(line,
              ::testing::MatchesRegex(
                  "vqa\\|proto:paper-1\\|type:yesno\\|extract:template\\|split:slake-test-1061\\|n:1061\\|decode:greedy"
                  "\\|tables:[0-9a-f]{12}"));
}

}  // namespace
}  // namespace llama32med::test
