// Blind baselines, leaks, comparisons and image gain.
#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/image/png.h"
#include "llama32med/report/blind_baselines.h"
#include "llama32med/report/image_gain.h"
#include "llama32med/report/leaks.h"
#include "report/scored_items.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

using ::testing::HasSubstr;

std::vector<Record> records_of(const std::string& name, const std::vector<std::string>& splits) {
  std::vector<Record> records;
  for (const auto& split : splits)
    for (auto& record :
         read_dataset({.name = name, .folder = *full_data(name), .split = split, .images = ImageCheck::kIgnore})
             .records)
      records.push_back(std::move(record));
  return records;
}

// "49.3 / 7.2 / 21.3", as the specification prints its rows.
std::vector<std::string> printed(const BlindBaselines& baselines) {
  std::vector<std::string> rows;
  for (const auto& row : baselines.rows)
    rows.push_back(percent(row.closed.tally, 1) + " / " + percent(row.open.tally, 1) + " / " +
                   percent(row.overall.tally, 1));
  return rows;
}

// evaluation.md, section 0. Its SLAKE column is learned from train and validate.
TEST(BlindBaselines, SlakeAsPublished) {
  if (!full_data("slake")) GTEST_SKIP() << kNoFullData;
  const auto baselines = blind_baselines(records_of("slake", {"train", "validate"}), records_of("slake", {"test"}), "");
  EXPECT_THAT(printed(baselines),
              ::testing::ElementsAre("49.3 / 7.2 / 21.3", "53.2 / 25.8 / 35.0", "54.9 / 30.7 / 38.8",
                                     "69.9 / 46.9 / 54.6", "70.1 / 48.2 / 55.5"));
}

TEST(BlindBaselines, VqaRadAsPublished) {
  if (!full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto train = records_of("vqa_rad", {"train-framed"}), test = records_of("vqa_rad", {"test"});
  ASSERT_EQ(train.size(), 3064u);
  const auto baselines = blind_baselines(train, test, "");
  EXPECT_THAT(printed(baselines),
              ::testing::ElementsAre("53.0 / 3.0 / 30.8", "53.4 / 14.5 / 36.1", "54.2 / 11.0 / 35.0",
                                     "57.8 / 14.0 / 38.4", "68.1 / 35.0 / 53.4"));
}

// Reference: the same rules in Python with scikit-learn 1.9.1's TfidfVectorizer.
TEST(BlindBaselines, SlakeFromTrainAlone) {
  if (!full_data("slake")) GTEST_SKIP() << kNoFullData;
  const auto baselines = blind_baselines(records_of("slake", {"train"}), records_of("slake", {"test"}), "");
  EXPECT_EQ(baselines.rows[3].overall.tally.sum, 249 + 325);
  EXPECT_EQ(baselines.rows[4].closed.tally.sum, 251);
  EXPECT_EQ(baselines.rows[4].open.tally.sum, 334);
}

Record record_of(const std::string& id, const std::string& question, const std::string& answer) {
  Record record;
  record.id = id, record.image_id = "image" + id, record.question = question, record.answer = answer;
  return record;
}

TEST(BlindBaselines, TiesGoToTheFirst) {
  const std::vector<Record> train = {record_of("1", "What is it?", "Liver"), record_of("2", "what is it?", "lung"),
                                     record_of("3", "Where is it?", "lung"), record_of("4", "Is it left?", "No"),
                                     record_of("5", "Is it left?", "yes")};
  const std::vector<Record> test = {record_of("a", "WHAT IS IT? ", "liver"), record_of("b", "Is it right?", "no"),
                                    record_of("c", "Nothing known", "lung")};
  const auto rows = blind_baselines(train, test, "").rows;
  EXPECT_EQ(rows[0].answers, (std::vector<std::string>{"lung", "no", "lung"}));
  EXPECT_EQ(rows[2].answers, (std::vector<std::string>{"liver", "no", "lung"}));
  EXPECT_EQ(rows[3].answers, (std::vector<std::string>{"liver", "no", "lung"}));
  // b: "what is it?" is nearer than "where is it?", for what is more frequent and weighs less; c shares no word.
  EXPECT_EQ(rows[4].answers, (std::vector<std::string>{"liver", "liver", "lung"}));
  EXPECT_EQ(rows[4].overall.tally.sum, 2);
}

TEST(TrainOverlap, CountsOfThePublishedSets) {
  if (!full_data("slake") || !full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto slake =
      find_leaks(records_of("slake", {"train", "validate"}), records_of("slake", {"test"}), ImageLooks::kIgnore);
  EXPECT_EQ(slake.test_images, 96);
  EXPECT_EQ(slake.images_by_id, 0);
  EXPECT_EQ(slake.questions, 1003);  // 94.5 %
  EXPECT_EQ(slake.test_records - slake.references, 2);
  EXPECT_EQ(slake.triples, 0);
  const auto test = records_of("vqa_rad", {"test"});
  const auto framed = find_leaks(records_of("vqa_rad", {"train-framed"}), test, ImageLooks::kIgnore);
  EXPECT_EQ(framed.images_by_id, 203);
  EXPECT_EQ(framed.questions, 86);  // 19.1 %
  EXPECT_EQ(framed.triples, 14);
  EXPECT_EQ(framed.test_records - framed.references, 47);
  EXPECT_EQ(find_leaks(records_of("vqa_rad", {"train"}), test, ImageLooks::kIgnore).triples, 1);
}

TEST(TrainOverlap, FlagsOfARecord) {
  auto seen = record_of("a", "What is it?", "Lung"), asked_again = record_of("b", "what is it? ", "heart");
  auto train = seen;
  train.id = "t";
  asked_again.image_id = seen.image_id;
  const auto overlaps = train_overlaps({train}, {seen, asked_again});
  EXPECT_TRUE(overlaps.at("a").triple_in_train);
  EXPECT_TRUE(overlaps.at("b").image_question_in_train);
  EXPECT_FALSE(overlaps.at("b").triple_in_train);
  EXPECT_FALSE(overlaps.at("b").reference_in_train);
  const auto groups = conflict_groups({record_of("z", "What is it?", "Lung"), seen, asked_again});
  EXPECT_EQ(groups, (std::map<std::string, std::int64_t>{{"a", 0}, {"b", 0}}));
  EXPECT_TRUE(train_overlap_json(overlaps.at("a"), std::nullopt)["conflict_group"].is_null());
}

TEST(Leaks, LooksAndContents) {
  const TempFolder folder;
  Picture picture{{64, 64}, 1, std::vector<std::uint8_t>(64 * 64)};
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) picture.pixels[y * 64 + x] = static_cast<std::uint8_t>(2 * x + (y > 30 ? 60 : 0));
  write_file(folder / "a.png", encode_png(picture));
  write_file(folder / "copy.png", encode_png(picture));
  for (auto& pixel : picture.pixels) pixel += 5;
  write_file(folder / "bright.png", encode_png(picture));
  write_file(folder / "broken.png", "no picture");
  const auto record = [&](const char* id) {
    auto made = record_of(id, "What?", "lung");
    made.image_id = id, made.image = folder / id;
    return made;
  };
  const std::vector<Record> train = {record("a.png")},
                            test = {record("copy.png"), record("bright.png"), record("broken.png")};
  const auto leaks = find_leaks(train, test, ImageLooks::kCompare);
  EXPECT_EQ(leaks.images_by_id, 0);
  EXPECT_EQ(leaks.images_by_contents, 1);
  EXPECT_EQ(leaks.unreadable_images, 1);
  ASSERT_EQ(leaks.near_duplicates.size(), 1u);
  EXPECT_EQ(leaks.near_duplicates[0].test_image, "bright.png");
  EXPECT_EQ(leaks_json(leaks, {})["near_duplicates"][0]["train_image"], "a.png");
}

TEST(Leaks, ScoresOfWhatWasSeen) {
  const TestRun run({{"1", "a", "What?", "lung", "lung"}, {"2", "b", "Where?", "left", "right"}});
  const auto overlaps =
      train_overlaps({record_of("t", "what?", "heart")}, {run.scored()[0].item->record, run.scored()[1].item->record});
  const auto scores = leak_scores(run.scored(), Estimator(run.scored(), run.rule()), overlaps);
  EXPECT_EQ(scores[1].name, "question");
  EXPECT_EQ(scores[1].leaked.tally.sum, 1);
  EXPECT_EQ(scores[1].clean.tally.sum, 0);
  EXPECT_EQ(scores[0].leaked.tally.count, 0);
}

// b right-only items of the first, c of the second, on images of their own.
std::vector<Asked> discordant(int b, int c, int both, bool is_first) {
  std::vector<Asked> asked;
  for (int i = 0; i < b + c + both; ++i) {
    const bool right = i >= b + c || (i < b) == is_first;
    asked.push_back({"id" + std::to_string(i), "image" + std::to_string(i), "q", "lung", right ? "lung" : "liver"});
  }
  return asked;
}

TEST(Comparison, McNemarAndInterval) {
  const TestRun first(discordant(30, 12, 8, true)), second(discordant(30, 12, 8, false));
  const auto comparison = compare_runs({"a", &first.scored()}, {"b", &second.scored()}, first.rule());
  EXPECT_EQ(comparison.first_only, 30);
  EXPECT_EQ(comparison.second_only, 12);
  EXPECT_EQ(comparison.both, 8);
  EXPECT_EQ(comparison.neither, 0);
  EXPECT_NEAR(*comparison.mcnemar_p, 0.007915897334896727, 1e-15);
  EXPECT_DOUBLE_EQ(comparison.difference, 18.0 / 50);
  EXPECT_FALSE(comparison.includes_zero());
  const auto shuffled = second.shuffled();
  const auto again = compare_runs({"a", &first.scored()}, {"b", &shuffled}, first.rule());
  EXPECT_EQ(comparison_json(again), comparison_json(comparison));
  const auto swapped = compare_runs({"b", &second.scored()}, {"a", &first.scored()}, first.rule());
  EXPECT_EQ(swapped.bootstrap95.low, -comparison.bootstrap95.high);
}

TEST(Comparison, AFamilyIsCorrected) {
  const TestRun a(discordant(30, 12, 8, true)), b(discordant(30, 12, 8, false)), c(discordant(25, 25, 0, true));
  const auto family = compare_all({{"a", &a.scored()}, {"b", &b.scored()}, {"c", &c.scored()}}, a.rule());
  ASSERT_EQ(family.size(), 3u);
  for (const auto& comparison : family) EXPECT_GE(*comparison.holm_p, *comparison.mcnemar_p);
  EXPECT_THAT(comparisons_markdown(family), HasSubstr("Holm p"));
}

TEST(Comparison, OtherItemsAreRefused) {
  const TestRun first(discordant(2, 1, 0, true)), second(discordant(2, 2, 0, true));
  EXPECT_ERROR(compare_runs({"a", &first.scored()}, {"b", &second.scored()}, first.rule()), ErrorKind::kData, "id3",
               "\"b\" are not in \"a\"");
}

TEST(ImageGain, IsFlaggedWhereItMayBeNothing) {
  const TestRun normal(discordant(30, 12, 8, true)), shuffled(discordant(30, 12, 8, false));
  const auto gain = image_gain(normal.scored(), {"shuffled", &shuffled.scored()}, normal.rule());
  EXPECT_FALSE(gain.flagged());
  EXPECT_EQ(gain.closed.n, 0);
  const auto none = image_gain(normal.scored(), {"blank", &normal.scored()}, normal.rule());
  EXPECT_TRUE(none.flagged());
  EXPECT_THAT(image_gains_markdown({gain, none}), HasSubstr("**blank: the interval"));
  EXPECT_EQ(image_gains_json({none})[0]["flagged"], true);
}

}  // namespace
}  // namespace llama32med::test
