#include <gmock/gmock.h>

#include "data/data_fixture.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

TEST(Rocov2, CaptionsAreRecordsWithoutAQuestion) {
  DataFolder data;
  data.add("valid/a.jpg", "x").add("valid/b.jpg", "y");
  data.add(
      "valid_captions.csv",
      "\xEF\xBB\xBFID,Caption,CUI\r\na,\"Mass, left (5 × 3 cm)\r\n\"\"arrow\"\"\",C1\r\nb, \u00e9cho ,\r\nc,gone,C2\r\n"
      "b,again,C3\r\nd,,C4\r\ne,x\r\n");
  const auto validate = data.read("rocov2", "valid");
  EXPECT_THAT(ids_of(validate.records), ::testing::ElementsAre("a", "b"));
  EXPECT_EQ(validate.records[0].answer, "Mass, left (5 × 3 cm) \"arrow\"");  // a line end becomes a blank
  EXPECT_EQ(validate.records[0].question, "");
  EXPECT_EQ(validate.records[0].image_id, "valid/a.jpg");
  EXPECT_EQ(field_of(validate.records[0], "CUI"), "C1");
  EXPECT_EQ(validate.records[1].answer, "écho");
  ASSERT_EQ(validate.skipped.size(), 4u);
  EXPECT_EQ(validate.skipped[0].where, "valid_captions.csv:5");
  EXPECT_EQ(validate.skipped[3].reason, "has 2 cells instead of 3");
  EXPECT_THAT(image_ids_in_folder("rocov2", data.path()), ::testing::ElementsAre("valid/a.jpg", "valid/b.jpg"));
}

TEST(Rocov2, TablesOfExcelAreRead) {
  DataFolder data;
  data.add("test/a.jpg", "x").add("train/a.jpg", "x");
  std::string wide = "\xFF\xFE";
  for (const char c : std::string("ID,Caption\r\na,one\r\n")) wide.append({c, '\0'});
  data.add("test_captions.csv", wide).add("train_captions.csv", "ID,Caption\ra,one\r");
  for (const char* split : {"test", "train"})
    EXPECT_THAT(ids_of(data.read("rocov2", split).records), ::testing::ElementsAre("a"));
  data.add("valid_captions.csv", "PK\x03\x04 xl/workbook.xml");
  EXPECT_ERROR(data.read("rocov2", "valid"), ErrorKind::kData, "valid_captions.csv: is an Excel workbook");
}

TEST(Rocov2, ImagesMayBePngs) {
  DataFolder data;
  data.add("train/a.png", "x").add("train/b.jpg", "y").add("train/b.png", "z");
  data.add("train_captions.csv", "ID,Caption\na,one\nb,two\nc,three\n");
  const auto train = data.read("rocov2", "train");
  EXPECT_EQ(train.records[0].image_id, "train/a.png");
  EXPECT_EQ(train.records[1].image_id, "train/b.jpg");
  EXPECT_THAT(train.missing_images, ::testing::ElementsAre("train/c.jpg"));
}

TEST(Rocov2, AFileWithoutItsColumnsIsNamed) {
  DataFolder data;
  data.add("test_captions.csv", "id,text\na,b\n").add("train_captions.csv", "");
  EXPECT_ERROR(data.read("rocov2", "test"), ErrorKind::kData, "test_captions.csv", "no column \"caption\"", "id,text");
  EXPECT_ERROR(data.read("rocov2", "train"), ErrorKind::kData, "train_captions.csv: is empty");
}

TEST(Rocov2, TheSampleHasItsCounts) {
  const auto folder = full_data("rocov2");
  if (!folder) GTEST_SKIP() << kNoFullData;
  const auto count = [&](const char* split) {
    const auto data = read_dataset({.name = "rocov2", .folder = *folder, .split = split});
    EXPECT_TRUE(data.skipped.empty());
    return data.records.size();
  };
  EXPECT_EQ(count("train"), 80u);
  EXPECT_EQ(count("validate"), 16u);
  EXPECT_EQ(count("test"), 24u);
}

}  // namespace
}  // namespace llama32med::test
