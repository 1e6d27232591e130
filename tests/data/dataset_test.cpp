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

TEST(Dataset, AFolderAsOtherSitesPublishItIsNamed) {
  DataFolder data;
  data.add("a/README.md", "x").add("a/data/test-00000.parquet", "x").add("b/slake.zip", "x");
  const auto read = [&](const char* name, const char* folder) {
    return read_dataset({.name = name, .folder = data.path() / folder, .split = "test"});
  };
  EXPECT_ERROR(read("vqa_rad", "a"), ErrorKind::kData, "no such file", "there is data/test-00000.parquet: export");
  EXPECT_ERROR(read("slake", "b"), ErrorKind::kData, "there is slake.zip: unpack it");
}

TEST(Dataset, ImagesAreFilesBelowTheFolder) {
  DataFolder data;
  data.add("outside.png", "x").add("set/a.png", "x").add("elsewhere/b.png", "x");
  std::filesystem::create_directory_symlink(data.path() / "elsewhere", data.path() / "set/linked");
  const auto inside = (data.path() / "set/a.png").string();
  std::string lines;
  for (const std::string image : {"a.png", "x/../a.png", "linked/b.png", inside.c_str(), "../outside.png",
                                  "a.png/../../outside.png", "/etc/passwd", "../set/a.png", "a..png"})
    lines += fmt::format(R"({{"id": "{0}", "image": "{0}", "question": "?", "answer": "x"}})", image) + "\n";
  data.add("set/records.jsonl", lines).add("set/a..png", "x");
  const auto read = [](const std::filesystem::path& folder) {
    return read_dataset({.name = "records", .folder = folder, .split = "all", .images = ImageCheck::kIgnore});
  };
  for (const auto& folder :
       {data.path() / "set", data.path() / "set/", data.path() / "elsewhere/../set/records.jsonl"}) {
    const auto dataset = read(folder);
    EXPECT_THAT(ids_of(dataset.records),
                ::testing::ElementsAre("a.png", "x/../a.png", "linked/b.png", inside, "../set/a.png", "a..png"));
    ASSERT_EQ(dataset.skipped.size(), 3u);
    EXPECT_THAT(dataset.skipped[0].reason,
                ::testing::HasSubstr("\"../outside.png\" is outside of the dataset's folder"));
    EXPECT_EQ(dataset.skipped[2].id, "/etc/passwd");
  }
}

TEST(Dataset, NoReaderOpensImagesOutsideOfItsFolder) {
  DataFolder data;
  data.add("outside.png", "x");
  const std::string row = R"([{"qid": 1, "IMAGE": "../../outside.png", "question": "?", "answer": "x", "q_lang": "en",
                              "phrase_type": "freeform"}])";
  const auto with = [&](const std::string& key) { return std::string(row).replace(row.find("IMAGE"), 5, key); };
  data.add("set/VQA_RAD Dataset Public.json", with("image_name"));
  data.add("set/train_captions.csv", "ID,Caption\n../../outside,x\n");
  for (const auto& [name, key] :
       {std::pair{"slake", "img_name"}, {"path_vqa", "image"}, {"vqa_rad", ""}, {"rocov2", ""}}) {
    if (*key) data.add("set/train.json", with(key));
    const auto dataset = read_dataset({.name = name, .folder = data.path() / "set", .split = "train"});
    EXPECT_TRUE(dataset.records.empty()) << name;
    ASSERT_EQ(dataset.skipped.size(), 1u) << name;
    EXPECT_THAT(dataset.skipped[0].reason, ::testing::HasSubstr("outside")) << name;
  }
}

}  // namespace
}  // namespace llama32med::test
