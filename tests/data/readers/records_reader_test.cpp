#include <gmock/gmock.h>

#include "data/data_fixture.h"
#include "support/expect_error.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;

TEST(Records, OneObjectPerLine) {
  DataFolder data;
  data.add("images/a.png", "x");
  data.add("records.jsonl",
           "{\"id\": 1, \"image\": \"images/a.png\", \"question\": \"Q?\", \"answer\": 5, \"split\": \"train\", "
           "\"site\": 3}\r\n"
           "\n"
           "{\"id\": \"b\", \"image\": \"images/a.png\", \"answer\": \"a caption\", \"split\": \"val\"}\n"
           "{\"id\": \"c\", \"image\": \"images/none.png\", \"answer\": \"x\", \"split\": \"val\"}\n[1]\n");
  const auto train = data.read("records", "train");
  ASSERT_THAT(ids_of(train.records), ElementsAre("1"));
  EXPECT_EQ(train.records[0].answer, "5");
  EXPECT_EQ(train.records[0].image, data.path() / "images/a.png");
  EXPECT_THAT(train.records[0].fields, ElementsAre(::testing::Pair("site", "3")));
  const auto validate = data.read("records", "validate");
  EXPECT_THAT(ids_of(validate.records), ElementsAre("b"));
  ASSERT_EQ(validate.skipped.size(), 2u);
  EXPECT_EQ(validate.skipped[0].where, "records.jsonl:4");
  EXPECT_EQ(validate.skipped[1].reason, "is array, not an object");
  EXPECT_THAT(ids_of(data.read("records", "all").records), ElementsAre("1", "b"));
  EXPECT_ERROR(data.read("records", "test"), ErrorKind::kUsage, "no split \"test\"", "train, validate, all");
}

TEST(Records, AFileCanBeNamedInPlaceOfItsFolder) {
  DataFolder data;
  data.add("mine.jsonl", "{\"id\": \"a\", \"image\": \"a.png\", \"question\": \"Q?\", \"answer\": \"x\"}")
      .add("a.png", "x");
  const auto mine = read_dataset({.name = "records", .folder = data.path() / "mine.jsonl", .split = "all"});
  EXPECT_THAT(ids_of(mine.records), ElementsAre("a"));
}

TEST(Records, WithoutASplitTheyBelongToAllAlone) {
  DataFolder data;
  data.add("a.png", "x")
      .add("records.jsonl",
           "{\"id\": 1, \"image\": \"a.png\", \"answer\": \"x\", \"split\": \"train\"}\n"
           "{\"id\": 2, \"image\": \"a.png\", \"answer\": \"x\"}\n");
  const auto train = data.read("records", "train");
  EXPECT_THAT(ids_of(train.records), ElementsAre("1"));
  ASSERT_EQ(train.skipped.size(), 1u);
  EXPECT_EQ(train.skipped[0].reason, "no split");
  EXPECT_EQ(data.read("records", "all").records.size(), 2u);
}

TEST(Records, AnInvalidLineIsReported) {
  DataFolder data;
  data.add("records.jsonl", "{\"id\": 1, \"image\": \"a\", \"answer\": \"x\"}\n{\"id\": 2, oops}\n");
  EXPECT_ERROR(data.read("records", "all"), ErrorKind::kData, "records.jsonl:2:11: not valid JSON");
}

// LLaVA's form; the prompt file says where images go.
TEST(RecordsReader, ImageMarksAreRemovedFromQuestionsAndCounted) {
  test::DataFolder data;
  data.add("a.png", "x")
      .add("records.jsonl", R"({"id": 1, "image": "a.png", "question": "<image>\nBent?", "answer": "a"}
{"id": 2, "image": "a.png", "question": "Bent?\n<image>", "answer": "<image>"}
{"id": 3, "image": "a.png", "question": "<|image|>Bent?", "answer": "a"}
{"id": 4, "image": "a.png", "question": "Is <image> a <|eot_id|>?", "answer": "a"}
{"id": 5, "image": "a.png", "question": "<image>", "answer": "a"}
{"id": 6, "image": "b.png", "question": "<image>Bent?", "answer": "a"}
)");
  const auto all = data.read("records", "all");
  ASSERT_THAT(ids_of(all.records), ElementsAre("1", "2", "3", "4", "5"));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(all.records[i].question, "Bent?");
  EXPECT_EQ(all.records[1].answer, "<image>");
  EXPECT_EQ(all.records[3].question, "Is <image> a <|eot_id|>?");
  EXPECT_EQ(all.records[4].question, "");  // a caption
  EXPECT_EQ(all.image_marks, 4);
}

}  // namespace
}  // namespace llama32med::test
