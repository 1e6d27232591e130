#include "llama32med/core/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

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

TEST(Files, WhatIsNotARegularFileIsRefusedWithoutWaiting) {
  const test::TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(read_file(folder / "pipe"), ErrorKind::kData, "pipe: is a named pipe, not a file");
  EXPECT_ERROR(MappedFile(folder / "pipe"), ErrorKind::kData, "pipe: is a named pipe, not a file");
  EXPECT_ERROR(read_file("/dev/zero"), ErrorKind::kData, "/dev/zero: is a device, not a file");
  EXPECT_ERROR(LineWriter(folder / "pipe").write("x"), ErrorKind::kUsage, "pipe: cannot be written");
}

TEST(Files, AMachineThatCannotReadIsAnotherError) {
  const auto unreadable = "/proc/self/mem";  // nothing is mapped at its first byte: EIO
  if (!is_file(unreadable)) GTEST_SKIP() << "no " << unreadable;
  EXPECT_ERROR(read_file(unreadable), ErrorKind::kResource, unreadable, "cannot be read: Input/output error");
  EXPECT_ERROR(read_in_parts(unreadable, [](std::string_view) {}), ErrorKind::kResource, unreadable);
  EXPECT_EQ(kernel_text(unreadable), "");
  EXPECT_NE(kernel_text("/proc/self/status"), "");
}

TEST(Files, NamesEndWhereTheyAreWrittenToEnd) {
  const test::TempFolder folder;
  write_file(folder / "a", "x");
  EXPECT_ERROR(read_file(folder.path() / std::string("a\0.png", 6)), ErrorKind::kData, "zero byte");
}

TEST(Files, PermissionsAreThoseOfTheUmask) {
  const test::TempFolder folder;
  const auto before = ::umask(027);
  write_file(folder / "file", "x");
  LineWriter(folder / "lines").write("x");
  write_file(folder / "exchanged/old", "x");
  {
    FolderDraft draft(folder / "exchanged");
    write_file(draft.folder() / "inner/new", "x");
    draft.place();
  }
  ::umask(before);
  const auto mode = [&](const std::string& name) {
    return static_cast<unsigned>(std::filesystem::status(folder / name).permissions());
  };
  for (const auto* name : {"file", "lines", "exchanged/inner/new"}) EXPECT_EQ(mode(name), 0640u) << name;
  for (const auto* name : {"exchanged", "exchanged/inner"}) EXPECT_EQ(mode(name), 0750u) << name;
}

TEST(Files, ADraftIsNotWrittenThroughALink) {
  const test::TempFolder folder;
  write_file(folder / "victim", "precious");
  std::filesystem::create_symlink("victim", folder / "a.draft");
  {
    FileDraft draft(folder / "a");
    draft.write("one ");
    draft.write("two");
    EXPECT_FALSE(is_there(folder / "a"));
    draft.place();
  }
  { FileDraft(folder / "a").write("never placed"); }
  EXPECT_EQ(read_file(folder / "a"), "one two");
  EXPECT_EQ(read_file(folder / "victim"), "precious");
  EXPECT_FALSE(is_there(folder / "a.draft"));
}

TEST(Files, FoldersAreCopied) {
  const test::TempFolder folder;
  write_file(folder / "from/a/b", "x");
  write_file(folder / "from/c", std::string(3 << 20, 'y'));
  write_file(folder / "to/earlier", "x");
  copy_folder(folder / "from", folder / "to");
  EXPECT_FALSE(is_there(folder / "to/earlier"));
  EXPECT_EQ(read_file(folder / "to/a/b"), "x");
  EXPECT_EQ(read_file(folder / "to/c"), read_file(folder / "from/c"));
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
  LineWriter second(folder / "log");
  second.write("two");
  second.sync();
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

TEST(FolderDraft, AnEarlierFolderThatWasSetAsideComesBack) {
  const test::TempFolder folder;
  write_file(folder / "final.replaced/a", "old");  // as a program leaves it that was killed between two renames
  restore_replaced(folder / "final");
  EXPECT_EQ(read_file(folder / "final/a"), "old");
  write_file(folder / "final.replaced/a", "older");
  restore_replaced(folder / "final");
  EXPECT_EQ(read_file(folder / "final/a"), "old");
}

TEST(FolderDraft, ThatCannotBePlacedStays) {
  const test::TempFolder folder;
  FolderDraft draft(folder / "a/final");
  std::filesystem::remove_all(draft.folder());
  EXPECT_ERROR(draft.place(), ErrorKind::kResource, "final.draft", "renamed");
}

}  // namespace
}  // namespace llama32med
