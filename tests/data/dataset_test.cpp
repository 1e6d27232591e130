#include "llama32med/data/dataset.h"

#include <gmock/gmock.h>

#include "data/data_fixture.h"
#include "support/expect_error.h"

namespace llama32med::test {
namespace {

TEST(Dataset, UnknownNamesAreNamed) {
  DataFolder data;
  EXPECT_ERROR(data.read("vqarad", "test"), ErrorKind::kUsage, "\"vqarad\"", "did you mean \"vqa_rad\"",
               "slake, path_vqa");
  EXPECT_ERROR(data.read("slake", "tst"), ErrorKind::kUsage, "no split \"tst\"", "did you mean \"test\"",
               "train, validate");
}

TEST(Dataset, AMissingFolderOrFileSaysWhatIsExpected) {
  DataFolder data;
  EXPECT_ERROR(read_dataset({.name = "slake", .folder = data.path() / "none", .split = "test"}), ErrorKind::kData,
               "none", "no such folder", "imgs/xmlabN/source.jpg");
  EXPECT_ERROR(data.read("vqa_rad", "test"), ErrorKind::kData, "VQA_RAD Dataset Public.json: no such file",
               "VQA_RAD Image Folder/");
  EXPECT_ERROR(data.read("slake", "val"), ErrorKind::kData, "validate.json: no such file");
  EXPECT_ERROR(data.read("path_vqa", "train"), ErrorKind::kData, "train.json: no such file", "images/");
  EXPECT_ERROR(data.read("rocov2", "validate"), ErrorKind::kData, "valid_captions.csv: no such file", "ID, Caption");
  EXPECT_ERROR(data.read("records", "all"), ErrorKind::kData, "records.jsonl: no such file", "one object per line");
}

TEST(Dataset, AFileThatIsNotAListOfRecordsIsReported) {
  DataFolder data;
  data.add("test.json", "{\"a\": 1}").add("train.json", "[{\"qid\": 1,}]");
  EXPECT_ERROR(data.read("slake", "test"), ErrorKind::kData, "test.json", "object, not a list");
  EXPECT_ERROR(data.read("slake", "train"), ErrorKind::kData, "train.json:1:12", "not valid JSON");
}

TEST(Dataset, EveryNameHasSplits) {
  DataFolder data;
  data.add("records.jsonl", "");
  for (const auto& name : dataset_names()) EXPECT_FALSE(dataset_splits(name, data.path()).empty()) << name;
}

}  // namespace
}  // namespace llama32med::test
