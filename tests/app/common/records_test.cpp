#include "app/common/records.h"

#include <gtest/gtest.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

TEST(Records, RowsWithTestImagesAreRejectedUnlessAllowed) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "imgs/xmlab1");
  write_file(folder / "imgs/xmlab1/source.jpg", "");
  write_file(folder / "train.json",
             R"([{"qid": 1, "img_name": "xmlab1/source.jpg", "question": "?", "answer": "a", "q_lang": "zh"}])");
  DataConfig config{.name = "slake", .folder = folder.path(), .split = "train", .language = "zh"};
  EXPECT_ERROR(read_records(config), ErrorKind::kUsage, "72 of the 96", "allow_leaky");
  config.allow_leaky = true;
  EXPECT_EQ(read_records(config).records.size(), 1u);
}

// 100 records; the images of the last `missing` are missing.
DataConfig folder_with_missing_images(const TempFolder& folder, int missing) {
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    lines += fmt::format(R"({{"id": {0}, "image": "{0}.png", "answer": "x", "split": "train"}})", i) + "\n";
    if (i < 100 - missing) write_file(folder / (std::to_string(i) + ".png"), "");
  }
  write_file(folder / "records.jsonl", lines);
  return {.name = "records", .folder = folder.path(), .split = "train"};
}

TEST(Records, TrainingIsRefusedWhereImagesAreMissing) {
  const TempFolder folder;
  auto config = folder_with_missing_images(folder, 4);
  EXPECT_ERROR(read_training_records(config, "stage2.data"), ErrorKind::kData,
               "records train: 4 of 100 records have no image file: 96.png, 97.png, 98.png, ...",
               "--set stage2.data.allow_missing=true");
  config.limit = 5;  // the share is that of the whole split
  EXPECT_ERROR(read_training_records(config, "stage2.data"), ErrorKind::kData, "4 of 100");
  config.allow_missing = true;
  EXPECT_EQ(read_training_records(config, "stage2.data").records.size(), 5u);
  EXPECT_EQ(read_records(config).records.size(), 5u);
}

TEST(Records, ImagesOutsideOfTheFolderAreNamedWithTheSettingThatAllowsThem) {
  const TempFolder folder;
  write_file(folder / "shared/a.png", "");
  write_file(folder / "set/records.jsonl", R"({"id": 1, "image": "../shared/a.png", "answer": "x", "split": "train"})");
  DataConfig config{.name = "records", .folder = folder / "set", .split = "train"};
  EXPECT_ERROR(read_records(config), ErrorKind::kData, "no usable record (1 skipped", "\"../shared/a.png\" is outside",
               "data.allow_outside");
  config.allow_outside = {folder / "shared"};
  EXPECT_EQ(read_records(config).records.size(), 1u);
}

TEST(Records, OnlyAFaultOfTheMachineStopsAReportWithoutItsTrainingSplit) {
  const TempFolder folder;
  const DataConfig config{.name = "slake", .folder = folder.path()};
  EXPECT_NE(read_training(config, {}).absent, "");
  const std::filesystem::path unreadable = "/proc/self/mem";  // EIO
  if (!is_file(unreadable)) GTEST_SKIP() << "no " << unreadable;
  std::filesystem::create_symlink(unreadable, folder / "train.json");
  EXPECT_ERROR(read_training(config, {}), ErrorKind::kResource, "train.json", "Input/output error");
}

TEST(Records, OneImageInAHundredMayBeMissing) {
  const TempFolder folder;
  EXPECT_EQ(read_training_records(folder_with_missing_images(folder, 1), "stage2.data").records.size(), 99u);
}

TEST(Records, SkippedRecordsAreCountedInOneLine) {
  Dataset dataset{.name = "slake", .split = "test"};
  EXPECT_EQ(skipped_text(dataset), "");
  dataset.records.resize(2);
  dataset.skipped = {{"1", "test.json: record 1", "no answer"}, {"2", "test.json: record 2", "gone", "a.png"}};
  dataset.missing_images = {"a.png"};
  EXPECT_EQ(skipped_text(dataset),
            "slake test: 1 of 4 records have no image file: a.png; 1 of 4 records are skipped, the first is test.json: "
            "record 1: no answer");
}

TEST(Records, AreCalledByWhatTheyAre) {
  EXPECT_EQ(unit_of({{.question = ""}, {.question = ""}}), "captions");
  EXPECT_EQ(unit_of({{.question = "?"}}), "questions");
  EXPECT_EQ(unit_of({{.question = "?"}, {.question = ""}}), "records");
}

}  // namespace
}  // namespace llama32med::test
