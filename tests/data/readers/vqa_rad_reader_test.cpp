#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "data/data_fixture.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

Dataset shipped(const std::string& split) {
  return read_dataset({.name = "vqa_rad", .folder = shipped_data("vqa_rad"), .split = split});
}

std::size_t count_type(const Dataset& data, const std::string& type) {
  return static_cast<std::size_t>(
      std::count_if(data.records.begin(), data.records.end(), [&](const Record& r) { return r.answer_type == type; }));
}

std::size_t count_images(const Dataset& data) {
  std::set<std::string> images;
  for (const auto& record : data.records) images.insert(record.image_id);
  return images.size();
}

TEST(VqaRad, TheShippedSliceHasItsCounts) {
  const auto test = shipped("test"), train = shipped("train");
  EXPECT_EQ(test.records.size(), 61u);
  EXPECT_EQ(count_images(test), 24u);
  EXPECT_EQ(count_type(test, "CLOSED"), 43u);
  EXPECT_EQ(count_type(test, "OPEN"), 18u);
  EXPECT_EQ(train.records.size(), 125u);
  EXPECT_EQ(count_type(train, "CLOSED"), 63u);  // two of them are "CLOSED " in the file
  EXPECT_TRUE(test.skipped.empty() && train.skipped.empty());
  EXPECT_EQ(shipped("train-framed").records.size(), 125u + 99u);
  EXPECT_EQ(image_ids_in_folder("vqa_rad", shipped_data("vqa_rad")).size(), 24u);
}

TEST(VqaRad, TheTrapsOfTheFile) {
  const auto train = shipped("train"), test = shipped("test");
  EXPECT_EQ(record_with_id(train, "0").answer, "Yes");   // a string among numbers
  EXPECT_EQ(record_with_id(train, "1568").answer, "2");  // a JSON number
  EXPECT_EQ(record_with_id(train, "2235").answer, "12");
  EXPECT_EQ(record_with_id(train, "2156").answer_type, "CLOSED");
  EXPECT_EQ(record_with_id(train, "2036").answer, "YES");  // has no question_rephrase
  EXPECT_EQ(field_of(record_with_id(train, "2036"), "question_rephrase"), "");
  EXPECT_EQ(record_with_id(test, "472").answer, "Skull cartilage and medulla");  // a tab in the file
  EXPECT_EQ(record_with_id(train, "2239").answer, "superficial to the patient's skin");
  for (const auto& data : {train, test})
    for (const auto& record : data.records) {
      EXPECT_TRUE(std::filesystem::exists(record.image)) << record.image;
      EXPECT_EQ(record.question.find_first_of("\t\r\n"), std::string::npos) << record.id;
      EXPECT_FALSE(record.question.ends_with(' ')) << record.id;
    }
}

TEST(VqaRad, ExtraFieldsKeepTheirNamesAndOrder) {
  const auto test = shipped("test");
  std::vector<std::string> names;
  for (const auto& [name, value] : test.records[0].fields) names.push_back(name);
  EXPECT_THAT(names,
              ::testing::ElementsAre("phrase_type", "qid_linked_id", "image_case_url", "image_organ", "evaluation",
                                     "question_rephrase", "question_relation", "question_frame", "question_type"));
  EXPECT_EQ(test.records[0].split, "test");
}

TEST(VqaRad, FramedRowsAreSeparateQuestions) {
  const auto framed = shipped("train-framed");
  std::size_t of_test = 0;
  const auto test = shipped("test");
  for (const auto& record : framed.records) {
    if (field_of(record, "phrase_type") != "frame") continue;
    EXPECT_TRUE(record.id.ends_with("-frame"));
    EXPECT_EQ(record.question, field_of(record, "question_frame"));
    const auto own = record.id.substr(0, record.id.size() - 6);
    of_test += std::any_of(test.records.begin(), test.records.end(), [&](const Record& r) { return r.id == own; });
  }
  EXPECT_GT(of_test, 0u);
}

TEST(VqaRad, ValidateAndTrainRestAddUpToTrain) {
  const auto validate = shipped("val"), rest = shipped("train-rest");
  EXPECT_EQ(validate.split, "validate");
  EXPECT_EQ(validate.records.size() + rest.records.size(), 125u);
  EXPECT_EQ(count_images(validate), 2u);
  EXPECT_EQ(count_images(rest), 22u);
  EXPECT_EQ(validate.records[0].split, "validate");
}

TEST(VqaRad, UnusableRowsAreSkippedWithAReason) {
  DataFolder data;
  data.add("VQA_RAD Image Folder/a.jpg", "x");
  data.add("VQA_RAD Dataset Public.json", R"([
    {"qid": 1, "phrase_type": "test_para", "image_name": "a.jpg",
     "question": "Q?", "answer": null, "answer_type": "OPEN"},
    {"qid": 2, "phrase_type": "later", "image_name": "a.jpg", "question": "Q?", "answer": "x", "answer_type": "OPEN"},
    {"qid": 3, "phrase_type": "test_para", "image_name": "b.jpg",
     "question": "Q?", "answer": "x", "answer_type": "OPEN"},
    17,
    {"qid": 4, "phrase_type": "test_para", "image_name": "a.jpg",
     "question": " ", "answer": "x", "answer_type": "OPEN"},
    {"phrase_type": "test_para", "image_name": "a.jpg", "question": "Q?", "answer": "x", "answer_type": "OPEN"},
    {"qid": 5, "phrase_type": "test_para", "question": "Q?", "answer": "x", "answer_type": "OPEN"},
    {"qid": 6, "phrase_type": "test_para", "image_name": "a.jpg",
     "question": "Q?", "answer": 3.5, "answer_type": "open"},
    {"qid": "6", "phrase_type": "test_para", "image_name": "a.jpg",
     "question": "Q?", "answer": "y", "answer_type": "OPEN"},
    {"qid": 7, "phrase_type": "test_para", "image_name": "a.jpg",
     "question": "Q?", "answer": ["y"], "answer_type": "OPEN"}])");
  const auto test = data.read("vqa_rad", "test");
  ASSERT_EQ(test.records.size(), 1u);
  EXPECT_EQ(test.records[0].answer, "3.5");
  EXPECT_EQ(test.records[0].answer_type, "OPEN");
  std::vector<std::string> reasons;
  for (const auto& record : test.skipped) reasons.push_back(record.id + "|" + record.reason);
  EXPECT_THAT(reasons, ::testing::UnorderedElementsAre("1|no answer, or an empty one",
                                                       "2|phrase_type \"later\" belongs to no split",
                                                       "3|image \"b.jpg\" is missing", "|is number, not an object",
                                                       "4|no question, or an empty one", "|no id", "5|no image",
                                                       "6|duplicate id \"6\"", "7|no answer, or an empty one"));
  EXPECT_THAT(test.missing_images, ::testing::ElementsAre("b.jpg"));
  EXPECT_EQ(data.read("vqa_rad", "test", ImageCheck::kIgnore).records.size(), 2u);
}

TEST(VqaRad, TheCompleteSetHasItsPublishedCounts) {
  const auto folder = full_data("vqa_rad");
  if (!folder) GTEST_SKIP() << kNoFullData;
  const auto read = [&](const char* split) {
    return read_dataset({.name = "vqa_rad", .folder = *folder, .split = split});
  };
  const auto test = read("test"), train = read("train");
  EXPECT_EQ(test.records.size(), 451u);
  EXPECT_EQ(count_images(test), 203u);
  EXPECT_EQ(count_type(test, "CLOSED"), 272u);
  EXPECT_EQ(count_type(test, "OPEN"), 179u);
  EXPECT_EQ(train.records.size(), 1797u);
  EXPECT_EQ(count_type(train, "CLOSED") + count_type(train, "OPEN"), 1797u);
  EXPECT_EQ(read("train-framed").records.size(), 3064u);
  EXPECT_EQ(read("validate").records.size() + read("train-rest").records.size(), 1797u);
  EXPECT_TRUE(test.skipped.empty() && train.skipped.empty());
  EXPECT_EQ(image_ids_in_folder("vqa_rad", *folder).size(), 315u);
}

}  // namespace
}  // namespace llama32med::test
