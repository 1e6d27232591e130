#include "llama32med/data/loader.h"

#include <gtest/gtest.h>

#include <set>

#include "llama32med/core/files.h"
#include "llama32med/data/dataset.h"
#include "llama32med/image/mllama_image_processor.h"
#include "llama32med/text/llama3_chat.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

std::vector<Record> questions(const std::vector<std::string>& images) {
  std::vector<Record> records;
  for (const auto& image : images)
    records.push_back({.id = std::to_string(records.size()), .image_id = image, .question = "q", .answer = "a"});
  return records;
}

std::vector<Record> many() {
  std::vector<std::string> images;
  for (int i = 0; i < 60; ++i) images.push_back("image" + std::to_string(i % 13));
  return questions(images);
}

TEST(EpochSteps, HoldEveryRecordOnce) {
  const auto records = many();
  for (const auto batching : {Batching::kByImage, Batching::kByQuestion}) {
    std::set<std::size_t> seen;
    for (const auto& step : epoch_steps(records, {.batching = batching, .batch_size = 7}, 3, 0))
      for (const auto i : step) EXPECT_TRUE(seen.insert(i).second);
    EXPECT_EQ(seen.size(), records.size());
  }
}

TEST(EpochSteps, ByImageKeepsAnImagesQuestionsTogether) {
  const auto records = many();
  std::set<std::string> earlier;
  for (const auto& step : epoch_steps(records, {.batch_size = 7}, 3, 0)) {
    EXPECT_GE(step.size(), 4u);
    std::set<std::string> here;
    for (const auto i : step) here.insert(records[i].image_id);
    for (const auto& image : here) EXPECT_TRUE(earlier.insert(image).second);
  }
}

TEST(EpochSteps, ByQuestionHasStepsOfTheRequestedSize) {
  const auto steps = epoch_steps(many(), {.batching = Batching::kByQuestion, .batch_size = 7}, 3, 0);
  EXPECT_EQ(steps.size(), 9u);
  EXPECT_EQ(steps.front().size(), 7u);
  EXPECT_EQ(steps.back().size(), 4u);
}

TEST(EpochSteps, DependOnSeedAndEpochAlone) {
  const auto records = many();
  const LoaderConfig config;
  EXPECT_EQ(epoch_steps(records, config, 3, 1), epoch_steps(records, config, 3, 1));
  EXPECT_NE(epoch_steps(records, config, 3, 1), epoch_steps(records, config, 3, 2));
  EXPECT_NE(epoch_steps(records, config, 3, 1), epoch_steps(records, config, 4, 1));
}

class LoaderOnRealImages : public testing::Test {
 protected:
  std::vector<Record> records_ =
      read_dataset({.name = "vqa_rad", .folder = test::shipped_data("vqa_rad"), .split = "train"}).records;
  std::unique_ptr<Tokenizer> tokenizer_ = load_tokenizer(test::golden("tiny/model"));
  TileSettings tiles_{.tile_size = 56};
  SampleEncoder encoder_{*tokenizer_,
                         {std::make_shared<MllamaImageProcessor>(tiles_), std::make_shared<Llama3Chat>()},
                         PromptTemplate::parse("[user]\n<image>{question}\n[assistant]\n{answer}\n", "p"),
                         "26 Jul 2024"};
};

TEST_F(LoaderOnRealImages, AStepHoldsEachImageOnceAndLabelsTheAnswer) {
  RecordIndices all;
  for (std::size_t i = 0; i < std::min<std::size_t>(records_.size(), 12); ++i) all.push_back(i);
  const auto step = load_step(records_, all, encoder_, 1024);
  std::set<std::string> images;
  for (const auto i : all) images.insert(records_[i].image_id);
  EXPECT_EQ(step.pictures.size(), images.size());
  ASSERT_EQ(step.rows.size(), all.size());
  for (const auto& row : step.rows) {
    EXPECT_EQ(step.pictures[row.picture].image_id, row.record->image_id);
    std::vector<std::int64_t> answer;
    for (const auto label : row.text.labels)
      if (label != kNoLabel) answer.push_back(label);
    EXPECT_EQ(tokenizer_->decode(answer, SpecialTokens::kKeep), row.record->answer + "<|eot_id|>");
  }
}

TEST_F(LoaderOnRealImages, UnreadableImagesAndTruncatedAnswersAreSkippedWithAReason) {
  const test::TempFolder folder;
  write_file(folder / "broken.jpg", "no picture");
  auto broken = records_.front();
  broken.id = "broken", broken.image_id = "broken.jpg", broken.image = folder / "broken.jpg";
  const std::vector<Record> records = {broken, records_.front()};
  const auto step = load_step(records, {0, 1}, encoder_, 1024);
  ASSERT_EQ(step.skipped.size(), 1u);
  EXPECT_EQ(step.skipped.front().id, "broken");
  EXPECT_NE(step.skipped.front().reason.find("broken.jpg"), std::string::npos);
  EXPECT_EQ(step.skipped.front().missing_image, step.skipped.front().where);
  ASSERT_EQ(step.rows.size(), 1u);
  EXPECT_EQ(load_step(records, {1}, encoder_, 6).skipped.front().reason, "has no answer left within 6 tokens");
}

TEST_F(LoaderOnRealImages, GivesItsStepsInOrder) {
  Loader loader(records_, {{3}, {1}, {2}}, encoder_, 1024);
  for (const std::size_t i : {3, 1, 2}) {
    ASSERT_FALSE(loader.done());
    EXPECT_EQ(loader.next().rows.front().record->id, records_[i].id);
  }
  EXPECT_TRUE(loader.done());
}

}  // namespace
}  // namespace llama32med
