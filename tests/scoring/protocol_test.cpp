#include "llama32med/scoring/protocol.h"

#include <gmock/gmock.h>

#include <map>

#include "llama32med/data/dataset.h"
#include "llama32med/scoring/item.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

double score(const char* name, const std::string& reference, const std::string& prediction) {
  return protocol(name).score({"Q?", reference, "", prediction}).score;
}

TEST(Protocol, UnknownNamesAreNamed) {
  EXPECT_THAT(protocol_names(),
              ::testing::ElementsAre("paper", "paper-human", "strict-em", "plain", "vqa-norm", "vqa-norm-freeform",
                                     "relaxed", "token-f1", "llava-med", "llava-med-batch", "lmms-slake", "medevalkit",
                                     "pathvqa-official"));
  EXPECT_ERROR(protocol("papr"), ErrorKind::kUsage, "\"papr\"", "did you mean \"paper\"",
               "paper, paper-human, strict-em");
}

TEST(Protocol, PaperRemovesTheTemplate) {
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
  for (const auto& name : protocol_names())
    for (const char* text : {"", " ", "\u00A0\n"}) EXPECT_EQ(score(name.c_str(), "", text), 0) << name;
  EXPECT_EQ(score("paper", ".", "The answer is: ."), 0);
}

TEST(Protocol, AccentsAndWidthsCompareAsUnicodeSays) {
  EXPECT_EQ(score("paper", "Œdème x²", "œDÈME x2"), 1);
  EXPECT_EQ(score("strict-em", "Œdème x²", "œDÈME x2"), 0);  // no NFKC
  EXPECT_EQ(score("strict-em", "Straße", "STRASSE"), 1);
}

TEST(Protocol, AnnotationsOfAllSpellingsAreTypes) {
  const auto kind = [](const char* type, const char* reference) {
    return protocol("llava-med").score({"Q?", reference, type, "x"}).kind;
  };
  for (const char* type : {"CLOSED", "CLOSED ", "closed", "yes/no"})
    EXPECT_EQ(kind(type, "Lung"), AnswerKind::kClosed) << type;
  for (const char* type : {"OPEN", " open", "other", "number"}) EXPECT_EQ(kind(type, "Yes"), AnswerKind::kOpen) << type;
  for (const char* type : {"", "weird"}) {  // dropped by LLaVA-Med's script; here the reference decides
    EXPECT_EQ(kind(type, "Yes"), AnswerKind::kClosed) << type;
    EXPECT_EQ(kind(type, "Lung"), AnswerKind::kOpen) << type;
  }
}

TEST(Protocol, MedEvalKitTypesByDataset) {
  const auto kind = [](const char* dataset, const char* type, const char* reference) {
    return protocol("medevalkit").score({"Q?", reference, type, "x", dataset}).kind;
  };
  EXPECT_EQ(kind("slake", "CLOSED", "Lung"), AnswerKind::kClosed);
  EXPECT_EQ(kind("vqa_rad", "CLOSED", "Lung"), AnswerKind::kOpen);
  EXPECT_EQ(kind("vqa_rad", "OPEN", " Yes"), AnswerKind::kClosed);
  EXPECT_EQ(kind("path_vqa", "", "yes."), AnswerKind::kOpen);  // not a label for that code
}

TEST(Protocol, OneAnswerManyScores) {  // scores of one text under different protocols
  const ScoredAnswer answer = {"Where?", "Right Lung", "OPEN", "The answer is: the right lung", "slake"};
  const auto value = [&](const char* name) { return protocol(name).score(answer).score; };
  for (const char* name : {"paper", "paper-human", "strict-em", "plain", "lmms-slake", "medevalkit"})
    EXPECT_EQ(value(name), 0) << name;
  for (const char* name : {"vqa-norm", "vqa-norm-freeform", "relaxed", "token-f1", "llava-med", "llava-med-batch"})
    EXPECT_EQ(value(name), 1) << name;
  EXPECT_NEAR(value("pathvqa-official"), 2.0 / 6, 1e-12);
}

TEST(Protocol, EachHashesItsOwnTables) {
  std::map<std::string, std::vector<std::string>> by_hash;
  for (const auto& name : protocol_names()) {
    const auto hash = protocol(name).tables_sha256();
    EXPECT_EQ(hash.size(), 64u) << name;
    EXPECT_EQ(hash, protocol(name).tables_sha256()) << name;
    by_hash[hash].push_back(name);
  }
  const auto same = [&](const char* name) { return by_hash[protocol(name).tables_sha256()]; };
  EXPECT_THAT(same("paper"), ::testing::ElementsAre("paper", "paper-human", "strict-em", "pathvqa-official"));
  EXPECT_THAT(same("vqa-norm"),
              ::testing::ElementsAre("vqa-norm", "vqa-norm-freeform", "llava-med", "llava-med-batch"));
  EXPECT_THAT(same("relaxed"), ::testing::ElementsAre("relaxed", "token-f1"));
  for (const char* name : {"plain", "lmms-slake", "medevalkit"}) EXPECT_THAT(same(name), ::testing::ElementsAre(name));
}

// Protocols based on equality, which score a reference as its own prediction with 1.
constexpr const char* kEqualities[] = {"paper",   "paper-human", "strict-em",  "plain",          "vqa-norm",
                                       "relaxed", "token-f1",    "lmms-slake", "llava-med-batch"};

TEST(Protocol, EveryReferenceIsItsOwnCorrectAnswer) {
  struct Set {
    const char *name, *split;
  };
  for (const auto& [name, split] : {Set{"vqa_rad", "train-framed"}, Set{"vqa_rad", "test"}, Set{"slake", "train"},
                                    Set{"slake", "test"}, Set{"path_vqa", "test"}}) {
    const auto folder = full_data(name);
    if (!folder) GTEST_SKIP() << kNoFullData;
    for (const auto& record :
         read_dataset({.name = name, .folder = *folder, .split = split, .images = ImageCheck::kIgnore}).records) {
      for (const char* rule : kEqualities) {
        const ScoredAnswer answer = {record.question, record.answer, record.answer_type, record.answer, name};
        ASSERT_EQ(protocol(rule).score(answer).score, 1) << rule << " " << record.id << " " << record.answer;
      }
      ASSERT_EQ(score("paper", record.answer, "The answer is: " + record.answer), 1) << record.id;
    }
  }
}

TEST(Protocol, TheSignatureIdentifiesAScore) {
  const auto line = signature(protocol("paper"), {"slake", "test", 1061, 1061, "greedy"});
  EXPECT_THAT(line,
              ::testing::MatchesRegex(
                  "vqa\\|proto:paper-1\\|type:yesno\\|extract:template\\|split:slake-test-1061\\|n:1061\\|decode:greedy"
                  "\\|tables:[0-9a-f]{12}"));
}

TEST(Protocol, TheSignatureNamesTheLabelOfOtherData) {
  ScoredSet set{"slake", "test", 1125, 1125, "greedy", "phantoms"};
  EXPECT_THAT(signature(protocol("paper"), set), ::testing::HasSubstr("|split:slake-test-1125|label:phantoms|n:1125|"));
  set.label = "a|n:1\nb";
  EXPECT_THAT(signature(protocol("paper"), set), ::testing::HasSubstr("|label:a_n:1_b|n:1125|"));
}

TEST(Protocol, TheSignatureSaysWhenAnAnnotationMayBeMissing) {
  const ScoredSet set = {"path_vqa", "test", 2, 2, "greedy"};
  EXPECT_THAT(signature(protocol("vqa-norm"), set),
              ::testing::HasSubstr("|type:annotated-else-yesno|extract:template|"));
  EXPECT_THAT(signature(protocol("medevalkit"), set),
              ::testing::HasSubstr("|type:annotated-in-slake-else-yesno|extract:none|"));
}

TEST(Protocol, FreeformOnlyScoresVqaRadsFreeformQuestions) {
  const auto& rule = protocol("vqa-norm-freeform");
  std::vector<Item> items(4);
  const char* types[] = {"freeform", "test_freeform", "test_para", "frame"};
  for (std::size_t i = 0; i < items.size(); ++i) items[i].record.fields = {{"phrase_type", types[i]}};
  EXPECT_EQ(score_items(items, rule, "vqa_rad").size(), 2u);
  EXPECT_EQ(score_items(items, protocol("vqa-norm"), "vqa_rad").size(), 4u);
  const auto folder = full_data("vqa_rad");
  if (!folder) GTEST_SKIP() << kNoFullData;
  std::int64_t closed = 0, open = 0;
  items.clear();
  for (auto& record : read_dataset({.name = "vqa_rad", .folder = *folder, .split = "test"}).records)
    items.push_back({std::move(record), {}});
  for (const auto& scored : score_items(items, rule, "vqa_rad"))
    ++(scored.result.kind == AnswerKind::kClosed ? closed : open);
  EXPECT_EQ(closed, 185);
  EXPECT_EQ(open, 123);
}

}  // namespace
}  // namespace llama32med::test
