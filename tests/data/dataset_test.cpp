#include "llama32med/data/dataset.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

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
                ::testing::ElementsAre("a.png", "x/../a.png", inside, "../set/a.png", "a..png"));
    ASSERT_EQ(dataset.skipped.size(), 4u);
    EXPECT_THAT(dataset.skipped[0].reason,
                ::testing::HasSubstr("\"linked/b.png\" is a link that leads outside of the dataset's folder"));
    EXPECT_THAT(dataset.skipped[1].reason,
                ::testing::AllOf(::testing::HasSubstr("\"../outside.png\" is outside of the dataset's folder"),
                                 ::testing::HasSubstr("data.allow_outside")));
    EXPECT_EQ(dataset.skipped[3].id, "/etc/passwd");
  }
}

TEST(Dataset, AllowedFoldersMayHoldImagesToo) {
  DataFolder data;
  data.add("elsewhere/a.png", "x").add("secret.png", "x");
  std::filesystem::create_directory_symlink(data.path() / "elsewhere", data.path() / "also");
  data.add("set/records.jsonl", R"({"id": 1, "image": "../elsewhere/a.png", "answer": "x"})"
                                "\n"
                                R"({"id": 2, "image": "../secret.png", "answer": "x"})"
                                "\n"
                                R"({"id": 3, "image": "linked.png", "answer": "x"})");
  std::filesystem::create_symlink("../elsewhere/a.png", data.path() / "set/linked.png");
  const auto read = [&](const std::vector<std::filesystem::path>& allowed) {
    return ids_of(
        read_dataset({.name = "records", .folder = data.path() / "set", .split = "all", .allowed_outside = allowed})
            .records);
  };
  EXPECT_THAT(read({}), ::testing::IsEmpty());
  EXPECT_THAT(read({data.path() / "elsewhere"}), ::testing::ElementsAre("1", "3"));
  EXPECT_THAT(read({data.path() / "also/"}), ::testing::ElementsAre("1", "3"));
  EXPECT_THAT(read({data.path() / "none", data.path()}), ::testing::ElementsAre("1", "2", "3"));
}

TEST(Dataset, OnlyRegularFilesAreImages) {
  DataFolder data;
  data.add("folder/a.png", "x");
  ASSERT_EQ(::mkfifo((data.path() / "pipe.png").c_str(), 0600), 0);
  std::filesystem::create_symlink("nothing.png", data.path() / "broken.png");
  std::filesystem::create_symlink("loop.png", data.path() / "loop.png");
  std::string lines;
  for (const std::string image : {"folder", "pipe.png", "broken.png", "loop.png", "a\\u0000.png"})
    lines += fmt::format(R"({{"id": "{0}", "image": "{0}", "answer": "x"}})", image) + "\n";
  lines += fmt::format(R"({{"id": "long", "image": "{}", "answer": "x"}})", std::string(5000, 'x'));
  data.add("records.jsonl", lines);
  const auto dataset = data.read("records", "all");
  ASSERT_EQ(dataset.skipped.size(), 6u);
  EXPECT_EQ(dataset.skipped[0].reason, "image \"folder\" is a folder, not a file");
  EXPECT_EQ(dataset.skipped[1].reason, "image \"pipe.png\" is a device, a named pipe or a socket, not a file");
  EXPECT_EQ(dataset.skipped[2].reason, "image \"broken.png\" is missing");
  EXPECT_EQ(dataset.missing_images.size(), 4u);  // names that no file can have count as missing
}

TEST(Dataset, ADataFileThatIsAPipeIsNamed) {
  DataFolder data;
  for (const auto* name : {"test.json", "records.jsonl", "test_captions.csv", "VQA_RAD Dataset Public.json"})
    ASSERT_EQ(::mkfifo((data.path() / name).c_str(), 0600), 0);
  for (const auto* name : {"slake", "path_vqa", "vqa_rad", "rocov2"})
    EXPECT_ERROR(data.read(name, "test"), ErrorKind::kData, "is a named pipe, not a file");
  EXPECT_ERROR(data.read("records", "all"), ErrorKind::kData, "records.jsonl: is a named pipe, not a file");
}

TEST(Dataset, AMachineThatCannotReadADataFileIsNotSilent) {
  const std::filesystem::path unreadable = "/proc/self/mem";  // EIO
  if (!is_file(unreadable)) GTEST_SKIP() << "no " << unreadable;
  DataFolder data;
  std::filesystem::create_symlink(unreadable, data.path() / "test.json");
  EXPECT_ERROR(data.read("slake", "test"), ErrorKind::kResource, "test.json", "Input/output error");
}

}  // namespace
}  // namespace llama32med::test
