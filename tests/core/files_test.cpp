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

void make_and_place(const std::filesystem::path& path, const std::string& file) {
  FolderDraft draft(path);
  write_file(draft.folder() / file, "new");
  draft.place();
}

TEST(FolderDraft, TakesItsPlaceAndAnEarlierFolderIsGone) {
  const test::TempFolder folder;
  make_and_place(folder / "deep/final", "a");
  make_and_place(folder / "deep/final/", "b");  // however the path is written
  EXPECT_EQ(read_file(folder / "deep/final/b"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "deep/final/a"));
  EXPECT_FALSE(std::filesystem::exists(draft_of(folder / "deep/final")));
}

TEST(FolderDraft, WithoutBeingPlacedNothingIsLeft) {
  const test::TempFolder folder;
  { const FolderDraft draft(folder / "final"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderDraft, WhatAKilledProgramLeftIsNoPartOfIt) {
  const test::TempFolder folder;
  write_file(draft_of(folder / "final") / "half", "x");
  make_and_place(folder / "final", "a");
  EXPECT_FALSE(std::filesystem::exists(folder / "final/half"));
}

TEST(FolderDraft, ThatCannotBePlacedStays) {
  const test::TempFolder folder;
  FolderDraft draft(folder / "a/final");
  std::filesystem::remove_all(draft.folder());
  EXPECT_ERROR(draft.place(), ErrorKind::kResource, "final.draft", "renamed");
}

}  // namespace
}  // namespace llama32med
