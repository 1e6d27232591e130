#include "llama32med/report/breakdown.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "report/scored_items.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Values with their numbers of items: "CT 472, X-Ray 361".
std::string counts(const std::vector<Breakdown>& breakdowns, const std::string& by, std::size_t most = 99) {
  std::vector<std::string> parts;
  for (const auto& breakdown : breakdowns)
    if (breakdown.by == by)
      for (const auto& row : breakdown.rows)
        if (parts.size() < most) parts.push_back(fmt::format("{} {}", row.value, row.estimate.tally.count));
  return join(parts, ", ");
}

std::vector<Breakdown> breakdowns_of(const TestRun& run) {
  return make_breakdowns(run.scored(), run.estimator(), nullptr);
}

TEST(Breakdown, LabelsAreSplitAndCorrected) {
  Record record;
  record.fields = {{"question_type", "Atrib,  pres, PRSE"}, {"phrase_type", "test_para"}, {"modality", "CT"}};
  EXPECT_THAT(field_labels(record, "question_type"), ElementsAre("ATTRIB", "PRES"));
  EXPECT_THAT(field_labels(record, "phrase_type"), ElementsAre("para"));
  EXPECT_THAT(field_labels(record, "modality"), ElementsAre("CT"));
  EXPECT_TRUE(field_labels(record, "location").empty());
}

TEST(Breakdown, FewItemsAreSuppressedAndCounted) {
  std::vector<Asked> asked;
  for (int i = 0; i < 25; ++i)
    asked.push_back({std::to_string(i), "image" + std::to_string(i / 5), i < 21 ? "What's it?" : "Is it?",
                     i < 21 ? "left lung" : "yes", i % 3 == 0 ? "Left lung." : "yes"});
  const TestRun run(asked);
  const auto breakdowns = breakdowns_of(run);
  EXPECT_EQ(counts(breakdowns, "first_word"), "what 21");
  EXPECT_EQ(counts(breakdowns, "answer_words"), "2 21");
  EXPECT_EQ(counts(breakdowns, "modality"), "");
  for (const auto& breakdown : breakdowns) {
    EXPECT_EQ(breakdown.suppressed_values, 1);
    EXPECT_EQ(breakdown.suppressed_items, 4);
    EXPECT_EQ(breakdown.rows[0].estimate.tally.sum, 7);
  }
  EXPECT_THAT(breakdowns_markdown(breakdowns), HasSubstr("| first_word   | what  | 7/21 | 33.3 |"));
  EXPECT_EQ(breakdowns_json(make_breakdowns(run.shuffled(), run.estimator(), nullptr)), breakdowns_json(breakdowns));
}

TEST(Breakdown, AnswersSeenInTraining) {
  std::vector<Asked> asked;
  for (int i = 0; i < 50; ++i) asked.push_back({std::to_string(i), "i", "q", i < 30 ? "Lung" : "Liver", "lung"});
  const TestRun run(asked);
  std::vector<Record> test, train(1);
  for (auto& item : run.scored()) test.push_back(item.item->record);
  train[0].answer = " LUNG";
  const auto overlaps = train_overlaps(train, test);
  const auto breakdowns = make_breakdowns(run.scored(), run.estimator(), &overlaps);
  EXPECT_EQ(counts(breakdowns, "answer_in_train"), "yes 30, no 20");
}

// The numbers in the specification (evaluation.md 3.4).
TEST(Breakdown, SlakeTestSet) {
  if (!full_data("slake")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("slake", {"test"});
  const auto breakdowns = breakdowns_of(TestRun(records, std::vector<std::string>(records.size(), "yes")));
  EXPECT_EQ(counts(breakdowns, "modality"), "CT 472, X-Ray 361, MRI 228");
  EXPECT_EQ(counts(breakdowns, "content_type"),
            "Organ 253, Position 186, Abnormality 150, KG 148, Modality 108, Size 65, Plane 58, Quantity 52, Color 34");
  EXPECT_EQ(counts(breakdowns, "base_type"), "vqa 913, kvqa 148");
  EXPECT_EQ(counts(breakdowns, "answer_type"), "OPEN 645, CLOSED 416");
}

TEST(Breakdown, VqaRadTestSet) {
  if (!full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("vqa_rad", {"test"});
  const auto breakdowns = breakdowns_of(TestRun(records, std::vector<std::string>(records.size(), "yes")));
  EXPECT_EQ(counts(breakdowns, "image_organ"), "CHEST 174, ABD 158, HEAD 119");
  EXPECT_EQ(counts(breakdowns, "phrase_type"), "freeform 308, para 143");
  EXPECT_EQ(counts(breakdowns, "question_type"),
            "PRES 171, POS 61, ABN 56, SIZE 46, MODALITY 33, OTHER 26, PLANE 26, ATTRIB 20");
}

TEST(Breakdown, PathVqaTestSet) {
  if (!full_data("path_vqa")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("path_vqa", {"test"});
  ASSERT_EQ(records.size(), 6719u);
  const auto breakdowns = breakdowns_of(TestRun(records, std::vector<std::string>(records.size(), "yes")));
  EXPECT_EQ(counts(breakdowns, "first_word", 7), "what 2742, is 1771, does 1307, where 431, are 165, how 139, do 77");
  EXPECT_EQ(counts(breakdowns, "answer_words"), "1 5135, 2 657, 3 309, 4 145, 5-9 347, 10+ 126");
}

}  // namespace
}  // namespace llama32med::test
