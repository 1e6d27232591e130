#include "llama32med/data/data_report.h"

#include <gmock/gmock.h>

#include "data/data_fixture.h"
#include "llama32med/core/config_json.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string line(const std::string& id, const std::string& image, const std::string& split,
                 const std::string& answer = "x") {
  return "{\"id\": \"" + id + "\", \"image\": \"" + image + "\", \"question\": \"Q?\", \"answer\": \"" + answer +
         "\", \"split\": \"" + split + "\", \"answer_type\": \"closed\"}\n";
}

DataReport made_up_report(const ReportOptions& options) {
  DataFolder data;
  data.add("a.png", "same").add("b.png", "same").add("c.png", "other").add("d.png", "broken");
  data.add("records.jsonl", line("1", "a.png", "train", "Yes.") + line("2", "a.png", "train", "no") +
                                line("3", "c.png", "train") + line("4", "b.png", "test") + line("5", "c.png", "test") +
                                line("6", "d.png", "test") + line("7", "gone.png", "test") +
                                line("8", "d.png", "test", ""));
  return make_data_report({data.read("records", "train"), data.read("records", "test")}, options);
}

TEST(DataReport, CountsSplitsAndWhatIsWrong) {
  const auto report = made_up_report({.probe = [](const std::filesystem::path& image) {
    return image.filename() == "d.png" ? std::string("not an image") : std::string();
  }});
  ASSERT_EQ(report.splits.size(), 2u);
  const auto& train = report.splits[0];
  EXPECT_EQ(train.records, 3);
  EXPECT_EQ(train.images, 2);
  EXPECT_DOUBLE_EQ(train.mean_questions_per_image, 1.5);
  EXPECT_EQ(train.most_questions_per_image, 2);
  EXPECT_EQ(train.yes_no, 2);
  EXPECT_THAT(train.answer_types, ElementsAre(Pair("CLOSED", 3)));
  const auto& test = report.splits[1];
  EXPECT_THAT(test.unreadable_images, ElementsAre(Pair("d.png", "not an image")));
  EXPECT_THAT(test.missing_images, ElementsAre("gone.png"));
  EXPECT_EQ(test.skipped.size(), 2u);
}

TEST(DataReport, FindsImagesOfTwoSplitsByNameAndByContents) {
  const auto report = made_up_report({});
  ASSERT_EQ(report.overlaps.size(), 1u);
  EXPECT_EQ(report.overlaps[0].images_by_id, 1);        // c.png
  EXPECT_EQ(report.overlaps[0].images_by_contents, 2);  // and a.png = b.png
  EXPECT_EQ(report.overlaps[0].records_of_second, 2);
  EXPECT_THAT(report.same_bytes, ElementsAre(Pair("a.png", "b.png")));
  const auto by_id = made_up_report({.contents = ImageContents::kIgnore});
  EXPECT_EQ(by_id.overlaps[0].images_by_contents, 0);
  EXPECT_EQ(by_id.overlaps[0].records_of_second, 1);
}

TEST(DataReport, JsonAndTextSayTheSame) {
  const auto report = made_up_report({});
  const auto json = data_report_json(report);
  EXPECT_EQ(json["splits"][1]["split"], "test");
  EXPECT_EQ(json["splits"][1]["skipped_records"].size(), 2u);
  EXPECT_EQ(json["image_overlap"][0]["images_by_contents"], 2);
  const auto text = data_report_text(report);
  EXPECT_THAT(text, HasSubstr("images in both train and test: 1 by name, 2 by contents; affects 2 records of test"));
  EXPECT_THAT(text,
              HasSubstr("other reasons than a missing image: 1\n  records.jsonl:8 (id 8): no answer, or an empty one"));
  EXPECT_THAT(text, HasSubstr("missing images of test: 1\n  gone.png\n"));
  EXPECT_THAT(text, HasSubstr("  a.png = b.png"));
}

TEST(DataReport, ADatasetWithoutRecordsHasAReport) {
  DataFolder data;
  data.add("test.json", R"([{"qid": 1, "image": "images/x.jpg", "question": "Q?", "answer": "yes"}])");
  const auto report = make_data_report({data.read("path_vqa", "test")}, {});
  EXPECT_EQ(report.splits[0].images, 0);
  EXPECT_EQ(report.splits[0].mean_questions_per_image, 0);
  EXPECT_TRUE(make_data_report({}, {}).splits.empty());
}

TEST(DataReport, VqaRadTestImagesAreInTrain) {
  const auto folder = full_data("vqa_rad");
  if (!folder) GTEST_SKIP() << kNoFullData;
  const auto read = [&](const char* split) {
    return read_dataset({.name = "vqa_rad", .folder = *folder, .split = split});
  };
  const auto report = make_data_report({read("train"), read("train-framed"), read("test")}, {});
  EXPECT_EQ(report.overlaps[1].images_by_id, 202);  // train and test
  EXPECT_EQ(report.overlaps[1].records_of_second, 446);
  EXPECT_EQ(report.overlaps[2].images_by_id, 203);  // train-framed and test: all images
  EXPECT_EQ(report.overlaps[2].records_of_second, 451);
  EXPECT_EQ(report.splits[2].yes_no, 251);
  EXPECT_THAT(report.unused_images, ElementsAre("synpic35356.jpg"));  // not in any record
}

TEST(DataReport, SlakeEnglishTestImagesAreNotInTrain) {
  const auto folder = full_data("slake");
  if (!folder) GTEST_SKIP() << kNoFullData;
  const auto read = [&](const char* split) {
    return read_dataset({.name = "slake", .folder = *folder, .split = split});
  };
  const auto report = make_data_report({read("train"), read("validate"), read("test")}, {});
  for (const auto& overlap : report.overlaps)
    EXPECT_EQ(overlap.records_of_second, 0) << overlap.first << overlap.second;
  EXPECT_EQ(report.splits[0].images, 80);
  EXPECT_EQ(report.splits[0].missing_images.size(), 370u);
  EXPECT_EQ(report.splits[2].records, 1061);
}

}  // namespace
}  // namespace llama32med::test
