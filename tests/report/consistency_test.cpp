#include "llama32med/report/consistency.h"

#include <gtest/gtest.h>

#include "llama32med/report/train_overlap.h"
#include "report/scored_items.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

Consistency consistency_of(const TestRun& run, const std::string& dataset) {
  return consistency_of(run.scored(), run.rule(), dataset, conflict_groups(run.records()));
}

TEST(Consistency, ParaphrasesByHand) {
  const auto asked = [](const char* id, const char* link, const char* phrase, const char* answer, const char* said) {
    return Asked{id, "image", "q", answer, said, {{"qid_linked_id", link}, {"phrase_type", phrase}}};
  };
  const TestRun run({asked("1", "x", "test_freeform", "Yes", "yes"), asked("2", "x", "test_para", "yes", "no"),
                     asked("3", "y", "test_freeform", "lung", "liver"), asked("4", "y", "test_para", "lung", "Liver."),
                     asked("5", "z", "test_freeform", "lung", "lung"), asked("6", "z", "test_para", "heart", "heart")});
  const auto consistency = consistency_of(run, "records");
  ASSERT_TRUE(consistency.paraphrases);
  EXPECT_EQ(consistency.paraphrases->pairs, 2);
  EXPECT_EQ(consistency.paraphrases->first_only, 1);
  EXPECT_EQ(consistency.paraphrases->neither, 1);
  EXPECT_EQ(consistency.paraphrases->same_answer, 1);
  // The three questions are all "q" about the same image with different answers, so they also contradict each other.
  ASSERT_TRUE(consistency.contradictions);
  EXPECT_EQ(consistency.contradictions->groups, 1);
}

TEST(Consistency, ContradictionsByHand) {
  const TestRun run({{"1", "a", "What?", "cell", "tissue"},
                     {"2", "a", "what?", "tissue", "tissue"},
                     {"3", "a", "what? ", "Tissue", "cell"},
                     {"4", "b", "what?", "cell", "no"}});
  const auto groups = consistency_of(run, "records").contradictions.value();
  EXPECT_EQ(groups.items, 3);
  EXPECT_EQ(groups.ceiling.open.sum, 3);  // tissue twice, and item 4
  EXPECT_EQ(groups.as_scored.overall.sum, 1);
  EXPECT_EQ(groups.any_reference.overall.sum, 3);
  EXPECT_EQ(groups.any_reference.overall.count, 4);
}

TEST(Consistency, VqaRadPairs) {
  if (!full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("vqa_rad", {"test"});
  const TestRun run(records, std::vector<std::string>(records.size(), "yes"));
  EXPECT_EQ(consistency_of(run, "vqa_rad").paraphrases.value().pairs, 129);
}

// An independent count in Python: 236 groups of 951 items, ceiling 2807/3357 and 6166/6719.
TEST(Consistency, PathVqaCeiling) {
  if (!full_data("path_vqa")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("path_vqa", {"test"});
  std::vector<std::string> answers;
  for (const auto& record : records) answers.push_back(record.answer);
  const TestRun run(records, answers);
  const auto groups = consistency_of(run, "path_vqa").contradictions.value();
  EXPECT_EQ(groups.groups, 236);
  EXPECT_EQ(groups.items, 951);
  EXPECT_EQ(percent(groups.ceiling.open, 2), "83.62");
  EXPECT_EQ(percent(groups.ceiling.overall, 2), "91.77");
  EXPECT_EQ(groups.ceiling.closed.sum, 3359);
  EXPECT_EQ(groups.as_scored.overall.sum, 6719);
}

}  // namespace
}  // namespace llama32med::test
