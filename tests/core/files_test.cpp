#include "llama32med/core/files.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

TEST(Files, WrittenBytesAreReadBackAndNoDraftRemains) {
  const test::TempFolder folder;
  const auto path = folder / "a/b.bin";
  write_file(path, std::string("x\0y", 3));
  EXPECT_EQ(read_file(path), std::string("x\0y", 3));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".draft"));
}

TEST(Files, AbsentFilesAndFoldersAreNamed) {
  const test::TempFolder folder;
  EXPECT_ERROR(read_file(folder / "none.txt"), ErrorKind::kData, "none.txt", "No such file");
  EXPECT_ERROR(read_file(folder.path()), ErrorKind::kData, "is a folder");
  EXPECT_ERROR(MappedFile(folder / "none.txt"), ErrorKind::kData, "none.txt");
}

TEST(Files, AFailedWriteLeavesTheOldFile) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_ERROR(LineWriter("/dev/full").write("x"), ErrorKind::kResource, "/dev/full", "No space left");
}

TEST(Files, AMapShowsTheBytes) {
  const test::TempFolder folder;
  write_file(folder / "m", "hello");
  const MappedFile map(folder / "m");
  ASSERT_EQ(map.size(), 5u);
  EXPECT_EQ(static_cast<char>(map.data()[1]), 'e');
  write_file(folder / "empty", "");
  EXPECT_EQ(MappedFile(folder / "empty").size(), 0u);
}

TEST(Files, LinesAreAppended) {
  const test::TempFolder folder;
  LineWriter(folder / "log").write("one");
  LineWriter(folder / "log").write("two");
  EXPECT_EQ(read_file(folder / "log"), "one\ntwo\n");
}

TEST(Files, PlacingAFolderReplacesAnEarlierOne) {
  const test::TempFolder folder;
  write_file(folder / "draft/a", "new");
  place_folder(folder / "draft", folder / "final");
  EXPECT_EQ(read_file(folder / "final/a"), "new");
  write_file(folder / "draft/b", "newer");
  place_folder(folder / "draft", folder / "final");
  EXPECT_EQ(read_file(folder / "final/b"), "newer");
  EXPECT_FALSE(std::filesystem::exists(folder / "final/a"));
  EXPECT_FALSE(std::filesystem::exists(folder / "draft"));
  EXPECT_ERROR(place_folder(folder / "absent", folder / "other"), ErrorKind::kResource, "absent", "other");
}

}  // namespace
}  // namespace llama32med
