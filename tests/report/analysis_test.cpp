// Break-downs, confusions and consistency on cases made by hand and on the complete test sets.
#include "llama32med/report/analysis.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/report/breakdown.h"
#include "llama32med/report/confusion.h"
#include "llama32med/report/consistency.h"
#include "report/scored_items.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Record> records_of(const std::string& name, const std::string& split,
                               ImageCheck check = ImageCheck::kIgnore) {
  return read_dataset({.name = name, .folder = *full_data(name), .split = split, .images = check}).records;
}

// Values and numbers of items: "CT 472, X-Ray 361".
std::string counts(const std::vector<Breakdown>& breakdowns, const std::string& by, std::size_t most = 99) {
  std::vector<std::string> parts;
  for (const auto& breakdown : breakdowns)
    if (breakdown.by == by)
      for (const auto& row : breakdown.rows)
        if (parts.size() < most) parts.push_back(fmt::format("{} {}", row.value, row.estimate.tally.count));
  return join(parts, ", ");
}

std::vector<Breakdown> breakdowns_of(const TestRun& run) {
  return make_breakdowns(run.scored(), Estimator(run.scored(), run.rule()), nullptr);
}

TEST(Breakdown, LabelsArePartedAndMended) {
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
  EXPECT_EQ(breakdowns_json(make_breakdowns(run.shuffled(), Estimator(run.shuffled(), run.rule()), nullptr)),
            breakdowns_json(breakdowns));
}

TEST(Breakdown, AnswersSeenInTraining) {
  std::vector<Asked> asked;
  for (int i = 0; i < 50; ++i) asked.push_back({std::to_string(i), "i", "q", i < 30 ? "Lung" : "Liver", "lung"});
  const TestRun run(asked);
  std::vector<Record> test, train(1);
  for (auto& item : run.scored()) test.push_back(item.item->record);
  train[0].answer = " LUNG";
  const auto overlaps = train_overlaps(train, test);
  const auto breakdowns = make_breakdowns(run.scored(), Estimator(run.scored(), run.rule()), &overlaps);
  EXPECT_EQ(counts(breakdowns, "answer_in_train"), "yes 30, no 20");
}

// The numbers of the specification (evaluation.md 3.4).
TEST(Breakdown, SlakeTestSet) {
  if (!full_data("slake")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("slake", "test");
  const auto breakdowns = breakdowns_of(TestRun(records, std::vector<std::string>(records.size(), "yes")));
  EXPECT_EQ(counts(breakdowns, "modality"), "CT 472, X-Ray 361, MRI 228");
  EXPECT_EQ(counts(breakdowns, "content_type"),
            "Organ 253, Position 186, Abnormality 150, KG 148, Modality 108, Size 65, Plane 58, Quantity 52, Color 34");
  EXPECT_EQ(counts(breakdowns, "base_type"), "vqa 913, kvqa 148");
  EXPECT_EQ(counts(breakdowns, "answer_type"), "OPEN 645, CLOSED 416");
}

TEST(Breakdown, VqaRadTestSet) {
  if (!full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("vqa_rad", "test");
  const auto breakdowns = breakdowns_of(TestRun(records, std::vector<std::string>(records.size(), "yes")));
  EXPECT_EQ(counts(breakdowns, "image_organ"), "CHEST 174, ABD 158, HEAD 119");
  EXPECT_EQ(counts(breakdowns, "phrase_type"), "freeform 308, para 143");
  EXPECT_EQ(counts(breakdowns, "question_type"),
            "PRES 171, POS 61, ABN 56, SIZE 46, MODALITY 33, OTHER 26, PLANE 26, ATTRIB 20");
}

TEST(Breakdown, PathVqaTestSet) {
  if (!full_data("path_vqa")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("path_vqa", "test");
  ASSERT_EQ(records.size(), 6719u);
  const auto breakdowns = breakdowns_of(TestRun(records, std::vector<std::string>(records.size(), "yes")));
  EXPECT_EQ(counts(breakdowns, "first_word", 7), "what 2742, is 1771, does 1307, where 431, are 165, how 139, do 77");
  EXPECT_EQ(counts(breakdowns, "answer_words"), "1 5135, 2 657, 3 309, 4 145, 5-9 347, 10+ 126");
}

TEST(Confusion, KindsOfAnswers) {
  const auto name = [](const char* text) { return std::string(answer_class_name(answer_class(text))); };
  EXPECT_EQ(name("Yes."), "yes/no");
  EXPECT_EQ(name("No, it is not"), "yes/no");
  EXPECT_EQ(name("yes and no"), "other");
  EXPECT_EQ(name("not seen"), "other");
  EXPECT_EQ(name("2.5 cm"), "number");
  EXPECT_EQ(name("Two"), "number");
  EXPECT_EQ(name("T2 weighted MRI"), "modality");
  EXPECT_EQ(name("Chest X-ray"), "modality");
  EXPECT_EQ(name("The left lung"), "laterality");
  EXPECT_EQ(name("leftover"), "other");
  EXPECT_EQ(name(""), "other");
  EXPECT_EQ(yes_no_words("Nothing known, normal"), YesNoWords::kNone);
  EXPECT_EQ(yes_no_words("YES/no"), YesNoWords::kBoth);
}

TEST(Confusion, ByHand) {
  const TestRun run({{"a", "i", "q", "Yes", "no"},
                     {"b", "i", "q", "yes", "Yes"},
                     {"c", "i", "q", "No", "no, yes"},
                     {"d", "i", "q", "no", "hard to say"},
                     {"e", "i", "q", "Left lung", "right lung"},
                     {"f", "i", "q", "left lung", "Right lung."},
                     {"g", "i", "q", "right", "left and right"},
                     {"h", "i", "q", "pneumothorax", "No pneumothorax"},
                     {"i", "i", "q", "without effusion", "effusion"},
                     {"j", "i", "q", "effusion", ""}});
  const auto confusion = confusion_of(run.scored());
  EXPECT_THAT(confusion.yes_no[0], ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(confusion.yes_no[1], ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(confusion.laterality.items, ElementsAre("e", "f"));
  EXPECT_EQ(confusion.laterality.of, 3);
  EXPECT_THAT(confusion.negation.items, ElementsAre("a", "h", "i"));
  EXPECT_EQ(confusion.negation.of, 9);  // all with an answer
  ASSERT_EQ(confusion.top.size(), 8u);
  EXPECT_EQ(confusion.top[0].reference, "left lung");
  EXPECT_EQ(confusion.top[0].prediction, "right lung");
  EXPECT_EQ(confusion.top[0].count, 2);
  const auto json = confusion_json(confusion);
  EXPECT_EQ(json["yes_no"]["no"]["both"], 1);
  EXPECT_EQ(json["answer_types"]["counts"][3][3], 3);  // laterality as laterality
  EXPECT_EQ(confusion_json(confusion_of(run.shuffled())), json);
  EXPECT_THAT(confusion_markdown(confusion), HasSubstr("|     2 | left lung"));
}

TEST(Consistency, ParaphrasesByHand) {
  const auto asked = [](const char* id, const char* link, const char* phrase, const char* answer, const char* said) {
    return Asked{id, "image", "q", answer, said, {{"qid_linked_id", link}, {"phrase_type", phrase}}};
  };
  const TestRun run({asked("1", "x", "test_freeform", "Yes", "yes"), asked("2", "x", "test_para", "yes", "no"),
                     asked("3", "y", "test_freeform", "lung", "liver"), asked("4", "y", "test_para", "lung", "Liver."),
                     asked("5", "z", "test_freeform", "lung", "lung"), asked("6", "z", "test_para", "heart", "heart")});
  const auto consistency = consistency_of(run.scored(), run.rule(), "records");
  ASSERT_TRUE(consistency.paraphrases);
  EXPECT_EQ(consistency.paraphrases->pairs, 2);
  EXPECT_EQ(consistency.paraphrases->first_only, 1);
  EXPECT_EQ(consistency.paraphrases->neither, 1);
  EXPECT_EQ(consistency.paraphrases->same_answer, 1);
  // The three questions are "q" about one image, with other answers: contradictory references too.
  ASSERT_TRUE(consistency.contradictions);
  EXPECT_EQ(consistency.contradictions->groups, 1);
}

TEST(Consistency, ContradictionsByHand) {
  const TestRun run({{"1", "a", "What?", "cell", "tissue"},
                     {"2", "a", "what?", "tissue", "tissue"},
                     {"3", "a", "what? ", "Tissue", "cell"},
                     {"4", "b", "what?", "cell", "no"}});
  const auto groups = consistency_of(run.scored(), run.rule(), "records").contradictions.value();
  EXPECT_EQ(groups.items, 3);
  EXPECT_EQ(groups.ceiling.open.sum, 3);  // tissue twice, and item 4
  EXPECT_EQ(groups.as_scored.overall.sum, 1);
  EXPECT_EQ(groups.any_reference.overall.sum, 3);
  EXPECT_EQ(groups.any_reference.overall.count, 4);
}

TEST(Consistency, VqaRadPairs) {
  if (!full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("vqa_rad", "test");
  const TestRun run(records, std::vector<std::string>(records.size(), "yes"));
  EXPECT_EQ(consistency_of(run.scored(), run.rule(), "vqa_rad").paraphrases.value().pairs, 129);
}

TEST(Analysis, PermutingChangesNothing) {
  std::vector<Asked> asked;
  for (int i = 0; i < 60; ++i)
    asked.push_back({std::to_string(i), "image" + std::to_string(i % 17), i % 3 ? "Is it left?" : "What is it?",
                     i % 3 ? (i % 2 ? "yes" : "no") : "left lung", i % 5 ? "yes" : "Right lung"});
  TestRun run(asked);
  for (int i = 0; i < 50; ++i) {
    auto& prediction = run.items()[i].prediction;
    prediction.p_yes = (i % 11 + 1) / 13.0, prediction.p_no = 1 - *prediction.p_yes;
    prediction.log_probability = -0.1 * (i % 7), prediction.new_tokens = 2;
  }
  const auto analysis = analyze({run.scored(), run.rule(), "records"});
  const auto shuffled = run.shuffled();
  const auto again = analyze({shuffled, run.rule(), "records"});
  EXPECT_EQ(analysis_json(again), analysis_json(analysis));
  EXPECT_EQ(analysis_markdown(again), analysis_markdown(analysis));
  EXPECT_THAT(analysis_markdown(analysis), HasSubstr("### Calibration"));
}

// An independent count in Python: 236 groups of 951 items, ceiling 2807/3357 and 6166/6719.
TEST(Consistency, PathVqaCeiling) {
  if (!full_data("path_vqa")) GTEST_SKIP() << kNoFullData;
  const auto records = records_of("path_vqa", "test");
  std::vector<std::string> answers;
  for (const auto& record : records) answers.push_back(record.answer);
  const TestRun run(records, answers);
  const auto groups = consistency_of(run.scored(), run.rule(), "path_vqa").contradictions.value();
  EXPECT_EQ(groups.groups, 236);
  EXPECT_EQ(groups.items, 951);
  EXPECT_EQ(percent(groups.ceiling.open, 2), "83.62");
  EXPECT_EQ(percent(groups.ceiling.overall, 2), "91.77");
  EXPECT_EQ(groups.ceiling.closed.sum, 3359);
  EXPECT_EQ(groups.as_scored.overall.sum, 6719);
}

}  // namespace
}  // namespace llama32med::test
