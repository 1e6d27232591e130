#include <gmock/gmock.h>

#include <set>

#include "data/data_fixture.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

TEST(PathVqa, BothWaysToNameAnImage) {
  DataFolder data;
  data.add("images/test/img_1.jpg", "x").add("images/train/train_0422.jpg", "y");
  data.add("val.json", R"([
    {"qid": 1, "image": "images/test/img_1.jpg", "img_id": 1, "question": "is it?", "answer": "yes"},
    {"qid": 2, "image": "train_0422", "img_id": 2, "question": "what?", "answer": "a cell"}])");
  const auto validate = data.read("path_vqa", "validation");
  ASSERT_EQ(validate.records.size(), 2u);
  EXPECT_EQ(validate.records[0].image_id, "images/test/img_1.jpg");
  EXPECT_EQ(validate.records[1].image_id, "images/train/train_0422.jpg");
  EXPECT_EQ(validate.records[1].answer_type, "");
  EXPECT_THAT(image_ids_in_folder("path_vqa", data.path()),
              ::testing::ElementsAre("images/test/img_1.jpg", "images/train/train_0422.jpg"));
}

TEST(PathVqa, WithoutImagesAllAreSkippedAndNothingFails) {
  DataFolder data;
  data.add("test.json", R"([{"qid": 1, "image": "images/test/img_1.jpg", "question": "is it?", "answer": "yes"}])");
  const auto test = data.read("path_vqa", "test");
  EXPECT_TRUE(test.records.empty());
  EXPECT_EQ(test.skipped.size(), 1u);
}

TEST(PathVqa, TheCompleteTestSplitHasItsPublishedCounts) {
  const auto folder = full_data("path_vqa");
  if (!folder) GTEST_SKIP() << kNoFullData;
  const auto test =
      read_dataset({.name = "path_vqa", .folder = *folder, .split = "test", .images = ImageCheck::kIgnore});
  EXPECT_EQ(test.records.size(), 6719u);
  std::set<std::string> images;
  for (const auto& record : test.records) images.insert(record.image_id);
  EXPECT_EQ(images.size(), 858u);
  EXPECT_TRUE(test.skipped.empty());
}

}  // namespace
}  // namespace llama32med::test
