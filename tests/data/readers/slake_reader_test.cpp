#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "data/data_fixture.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

void fill(DataFolder& data) {
  data.add("imgs/xmlab1/source.jpg", "one").add("imgs/xmlab1/mask.png", "mask").add("imgs/xmlab9/source.jpg", "nine");
  data.add("train.json", R"([
    {"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "Liver?", "answer": "", "q_lang": "en", "qid": 1622},
    {"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "什么？", "answer": "肝", "q_lang": "zh", "qid": 2},
    {"img_id": 2, "img_name": "xmlab2/source.jpg", "question": "Side?", "answer": "Left", "q_lang": "en", "qid": 3},
    {"img_id": 1, "img_name": "xmlab1/source.jpg", "question": "Organ?", "answer": "Liver", "q_lang": "en",
     "modality": "CT", "answer_type": "OPEN", "triple": ["vhead", "_", "_"], "qid": 4, "content_type": "Organ"}])");
}

TEST(Slake, EnglishRowsWithAnAnswerAndAnImage) {
  DataFolder data;
  fill(data);
  const auto train = data.read("slake", "train");
  EXPECT_THAT(ids_of(train.records), ::testing::ElementsAre("4"));
  const auto& record = train.records[0];
  EXPECT_EQ(record.image_id, "xmlab1/source.jpg");
  EXPECT_EQ(record.image, data.path() / "imgs/xmlab1/source.jpg");
  EXPECT_EQ(field_of(record, "triple"), "[\"vhead\",\"_\",\"_\"]");
  EXPECT_EQ(field_of(record, "content_type"), "Organ");
  ASSERT_EQ(train.skipped.size(), 2u);
  EXPECT_EQ(train.skipped[0].id, "1622");
  EXPECT_EQ(train.skipped[0].where, "train.json: record 1");
  EXPECT_EQ(train.skipped[0].reason, "no answer, or an empty one");
  EXPECT_EQ(train.skipped[1].reason, "image \"xmlab2/source.jpg\" is missing");
}

TEST(Slake, ChineseRowsNeedAllowLeaky) {
  DataFolder data;
  fill(data);
  DatasetRequest request{.name = "slake", .folder = data.path(), .split = "train", .language = "zh"};
  EXPECT_ERROR(read_dataset(request), ErrorKind::kUsage, "\"zh\"", "72 of the 96");
  request.leaky_rows = LeakyRows::kAllow;
  EXPECT_THAT(ids_of(read_dataset(request).records), ::testing::ElementsAre("2"));
  request.language = "all";
  EXPECT_THAT(ids_of(read_dataset(request).records), ::testing::ElementsAre("2", "4"));
  request.language = "de";
  EXPECT_ERROR(read_dataset(request), ErrorKind::kUsage, "\"de\"", "en, zh, all");
  request.name = "path_vqa", request.language = "zh";
  EXPECT_ERROR(read_dataset(request), ErrorKind::kUsage, "path_vqa", "\"zh\"");
}

TEST(Slake, CopiesWithoutLanguagesOrWithOtherWordsForThem) {
  DataFolder data;
  data.add("a.png", "x").add("imgs/a.png", "x");
  const auto row = [](int id, const std::string& question, const std::string& more) {
    return fmt::format(R"({{"qid": {}, "img_name": "a.png", "question": "{}", "answer": "x"{}}})", id, question, more);
  };
  data.add("test.json", fmt::format("[{},{},{},{},{}]", row(1, "Liver?", ""), row(2, "什么？", ""),
                                    row(3, "Side × 2?", R"(, "q_lang": "EN")"), row(4, "?", R"(, "q_lang": "Chinese")"),
                                    row(5, "Leber?", R"(, "q_lang": "de")")));
  const auto test = data.read("slake", "test");
  EXPECT_THAT(ids_of(test.records), ::testing::ElementsAre("1", "3"));
  ASSERT_EQ(test.skipped.size(), 1u);
  EXPECT_EQ(test.skipped[0].reason, "q_lang \"de\" is neither en nor zh");
  const auto chinese = read_dataset(
      {.name = "slake", .folder = data.path(), .split = "test", .language = "zh", .leaky_rows = LeakyRows::kAllow});
  EXPECT_THAT(ids_of(chinese.records), ::testing::ElementsAre("2", "4"));
}

TEST(Slake, ValidateMayBeCalledValidation) {
  DataFolder data;
  data.add("imgs/a.png", "x");
  data.add("validation.json", R"([{"qid": 1, "img_name": "a.png", "question": "?", "answer": "x", "q_lang": "en"}])");
  EXPECT_THAT(ids_of(data.read("slake", "validate").records), ::testing::ElementsAre("1"));
}

TEST(Slake, MasksAreNotImages) {
  DataFolder data;
  fill(data);
  EXPECT_THAT(image_ids_in_folder("slake", data.path()),
              ::testing::ElementsAre("xmlab1/source.jpg", "xmlab9/source.jpg"));
}

TEST(Slake, TheCompleteSetHasItsPublishedCounts) {
  const auto folder = full_data("slake");
  if (!folder) GTEST_SKIP() << kNoFullData;
  const auto read = [&](const char* split, ImageCheck images) {
    return read_dataset({.name = "slake", .folder = *folder, .split = split, .images = images});
  };
  const auto test = read("test", ImageCheck::kMustExist);
  EXPECT_EQ(test.records.size(), 1061u);
  std::set<std::string> images;
  std::size_t closed = 0;
  for (const auto& record : test.records) images.insert(record.image_id), closed += record.answer_type == "CLOSED";
  EXPECT_EQ(images.size(), 96u);
  EXPECT_EQ(closed, 416u);
  const auto train = read("train", ImageCheck::kIgnore);
  EXPECT_EQ(train.records.size(), 4918u);
  ASSERT_EQ(train.skipped.size(), 1u);
  EXPECT_EQ(train.skipped[0].id, "1622");
  EXPECT_EQ(read("validate", ImageCheck::kIgnore).records.size(), 1053u);
}

}  // namespace
}  // namespace llama32med::test
