#include "llama32med/report/blind_baselines.h"

#include <gmock/gmock.h>

#include "report/scored_items.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

BlindBaselines baselines_of(const std::vector<Record>& train, const std::vector<Record>& test) {
  std::vector<std::string> images;
  for (const auto& record : test) images.push_back(record.image_id);
  return blind_baselines(train, test, ImageBootstrap(images));
}

// "49.3 / 7.2 / 21.3", in the format of the specification.
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
  const auto baselines = baselines_of(records_of("slake", {"train", "validate"}), records_of("slake", {"test"}));
  EXPECT_THAT(printed(baselines),
              ::testing::ElementsAre("49.3 / 7.2 / 21.3", "53.2 / 25.8 / 35.0", "54.9 / 30.7 / 38.8",
                                     "69.9 / 46.9 / 54.6", "70.1 / 48.2 / 55.5"));
}

TEST(BlindBaselines, VqaRadAsPublished) {
  if (!full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto train = records_of("vqa_rad", {"train-framed"}), test = records_of("vqa_rad", {"test"});
  ASSERT_EQ(train.size(), 3064u);
  const auto baselines = baselines_of(train, test);
  EXPECT_THAT(printed(baselines),
              ::testing::ElementsAre("53.0 / 3.0 / 30.8", "53.4 / 14.5 / 36.1", "54.2 / 11.0 / 35.0",
                                     "57.8 / 14.0 / 38.4", "68.1 / 35.0 / 53.4"));
}

// Reference: the same rules in Python with scikit-learn 1.9.1's TfidfVectorizer.
TEST(BlindBaselines, SlakeFromTrainAlone) {
  if (!full_data("slake")) GTEST_SKIP() << kNoFullData;
  const auto baselines = baselines_of(records_of("slake", {"train"}), records_of("slake", {"test"}));
  EXPECT_EQ(baselines.rows[3].overall.tally.sum, 249 + 325);
  EXPECT_EQ(baselines.rows[4].closed.tally.sum, 251);
  EXPECT_EQ(baselines.rows[4].open.tally.sum, 334);
}

TEST(BlindBaselines, TiesGoToTheFirst) {
  const std::vector<Record> train = {record_of("1", "What is it?", "Liver"), record_of("2", "what is it?", "lung"),
                                     record_of("3", "Where is it?", "lung"), record_of("4", "Is it left?", "No"),
                                     record_of("5", "Is it left?", "yes")};
  const std::vector<Record> test = {record_of("a", "WHAT IS IT? ", "liver"), record_of("b", "Is it right?", "no"),
                                    record_of("c", "Nothing known", "lung")};
  const auto rows = baselines_of(train, test).rows;
  EXPECT_EQ(rows[0].answers, (std::vector<std::string>{"lung", "no", "lung"}));
  EXPECT_EQ(rows[2].answers, (std::vector<std::string>{"liver", "no", "lung"}));
  EXPECT_EQ(rows[3].answers, (std::vector<std::string>{"liver", "no", "lung"}));
  // b: "what is it?" is nearer than "where is it?", because "what" is more frequent and weighs less; c shares no word.
  EXPECT_EQ(rows[4].answers, (std::vector<std::string>{"liver", "liver", "lung"}));
  EXPECT_EQ(rows[4].overall.tally.sum, 2);
}

}  // namespace
}  // namespace llama32med::test
