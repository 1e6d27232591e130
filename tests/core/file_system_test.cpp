#include "llama32med/core/file_system.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

using ::testing::ElementsAre;

const std::string kTooLong(5000, 'x');

TEST(FileSystem, KnowsWhatAnEntryIs) {
  const test::TempFolder folder;
  write_file(folder / "file", "x");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("file", folder / "link");
  std::filesystem::create_symlink("nothing", folder / "broken");
  EXPECT_EQ(entry_type(folder / "file"), EntryType::kFile);
  EXPECT_EQ(entry_type(folder / "link"), EntryType::kFile);
  EXPECT_EQ(entry_type(folder / "broken"), EntryType::kAbsent);
  EXPECT_EQ(entry_type(folder / "file/below"), EntryType::kAbsent);
  EXPECT_EQ(entry_type(folder.path()), EntryType::kFolder);
  EXPECT_EQ(entry_type(folder / "pipe"), EntryType::kSpecial);
  EXPECT_EQ(entry_type("/dev/null"), EntryType::kSpecial);
}

TEST(FileSystem, NothingElseCountsAsAbsent) {
  const test::TempFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_ERROR(is_there(folder / kTooLong), ErrorKind::kData, "xxx", "cannot be looked up: File name too long");
  EXPECT_ERROR(is_file(folder / "loop"), ErrorKind::kData, "loop", "Too many levels");
  EXPECT_ERROR(is_folder(std::string("a\0b", 3)), ErrorKind::kData, "zero byte");
}

TEST(FileSystem, WithoutPermissionIsAnErrorOfTheMachine) {
  const test::TempFolder folder;
  write_file(folder / "closed/file", "x");
  ::chmod((folder / "closed").c_str(), 0);
  if (::access((folder / "closed/file").c_str(), R_OK) == 0) GTEST_SKIP() << "this user may read everything";
  EXPECT_ERROR(is_there(folder / "closed/file"), ErrorKind::kResource, "closed/file", "Permission denied");
  EXPECT_ERROR(entries_of(folder / "closed"), ErrorKind::kResource, "closed", "Permission denied");
  EXPECT_FALSE(may_be_read(folder / "closed/file"));
  ::chmod((folder / "closed").c_str(), 0700);
}

TEST(FileSystem, EntriesAreSortedAndFilesAreFoundAtAnyDepth) {
  const test::TempFolder folder;
  for (const auto* name : {"b", "a/2", "a/1/x", "c"}) write_file(folder / name, "x");
  std::filesystem::create_directory_symlink(folder.path(), folder / "a/round");
  EXPECT_THAT(entries_of(folder.path()), ElementsAre(folder / "a", folder / "b", folder / "c"));
  EXPECT_THAT(files_below(folder.path()), ElementsAre(folder / "a/1/x", folder / "a/2", folder / "b", folder / "c"));
  EXPECT_ERROR(entries_of(folder / "none"), ErrorKind::kData, "none", "the folder cannot be read: No such file");
}

TEST(FileSystem, EmptyIsAFolderOrAFileWithNothingInIt) {
  const test::TempFolder folder;
  EXPECT_TRUE(is_empty_folder(folder.path()));
  write_file(folder / "empty", "");
  write_file(folder / "full", "x");
  EXPECT_FALSE(is_empty_folder(folder.path()));
  EXPECT_FALSE(is_empty_folder(folder / "none"));
  EXPECT_TRUE(holds_anything(folder.path()));
  EXPECT_TRUE(holds_anything(folder / "full"));
  EXPECT_FALSE(holds_anything(folder / "empty"));
  EXPECT_FALSE(holds_anything(folder / "none"));
}

TEST(FileSystem, RemovesTreesButNotWhatLinksLeadTo) {
  const test::TempFolder folder;
  write_file(folder / "kept/file", "x");
  write_file(folder / "tree/a/file", "x");
  std::filesystem::create_directory_symlink(folder / "kept", folder / "tree/link");
  remove_tree(folder / "tree");
  remove_tree(folder / "tree");  // absent already
  remove_file(folder / "none");
  EXPECT_FALSE(is_there(folder / "tree"));
  EXPECT_TRUE(is_file(folder / "kept/file"));
  EXPECT_ERROR(remove_file(folder / "kept"), ErrorKind::kUsage, "kept", "cannot be removed: Directory not empty");
}

TEST(FileSystem, FoldersAreMadeUnlessSomethingElseHasTheName) {
  const test::TempFolder folder;
  make_folder(folder / "a/b/c/");
  make_folder(folder / "a/b/c");
  EXPECT_TRUE(is_folder(folder / "a/b/c"));
  write_file(folder / "file", "x");
  EXPECT_ERROR(make_folder(folder / "file"), ErrorKind::kUsage, "file: the folder cannot be created: File exists");
  EXPECT_ERROR(make_folder(folder / "file/below"), ErrorKind::kUsage, "file: the folder cannot be created");
}

TEST(FileSystem, RenamesAndShortens) {
  const test::TempFolder folder;
  write_file(folder / "a", "one\ntwo");
  rename_entry(folder / "a", folder / "b");
  cut_file(folder / "b", 4);
  EXPECT_EQ(read_file(folder / "b"), "one\n");
  EXPECT_EQ(size_of_file(folder / "b"), 4);
  EXPECT_GT(free_space(folder.path()), 0);
  EXPECT_ERROR(rename_entry(folder / "a", folder / "c"), ErrorKind::kResource, "a: cannot be renamed to", "c: No such");
  EXPECT_ERROR(cut_file(folder / "a", 0), ErrorKind::kResource, "a: cannot be shortened");
}

TEST(FileSystem, PathsBelowAFolderAreThoseAsWritten) {
  EXPECT_EQ(relative_below("runs/a/b", "runs"), "a/b");
  EXPECT_EQ(relative_below("runs/../x", "runs"), std::nullopt);
  EXPECT_EQ(folder_name("runs/a/"), "a");
}

}  // namespace
}  // namespace llama32med
