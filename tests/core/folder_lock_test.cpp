#include "llama32med/core/folder_lock.h"

#include <gtest/gtest.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

TEST(FolderLock, HasOneOwnerWhichIsNamed) {
  const test::TempFolder folder;
  const auto out = folder / "deep/run";
  {
    const FolderLock lock(out);
    EXPECT_TRUE(lock.held());
    EXPECT_ERROR(FolderLock{out}, ErrorKind::kUsage, "in use by process", " on ", " since ", "--out");
  }
  EXPECT_TRUE(FolderLock{out}.held());
}

TEST(FolderLock, LeavesNoFolderThatNothingWasWrittenInto) {
  const test::TempFolder folder;
  { const FolderLock lock(folder / "new"); }
  EXPECT_FALSE(is_there(folder / "new"));
  { const FolderLock lock(folder.path()); }
  EXPECT_TRUE(is_empty_folder(folder.path()));
  {
    const FolderLock lock(folder / "run");
    write_file(folder / "run/result", "1");
  }
  EXPECT_EQ(entries_of(folder / "run").size(), 1U);
}

TEST(FolderLock, StandsBesideAFolderThatAppearsWhole) {
  const test::TempFolder folder;
  const FolderLock lock(folder / "model/", LockPlace::kBeside);
  EXPECT_TRUE(is_file(folder / "model.lock"));
  EXPECT_FALSE(is_there(folder / "model"));
  EXPECT_ERROR(FolderLock(folder / "model", LockPlace::kBeside), ErrorKind::kUsage, "in use by process");
}

TEST(FolderLock, TellsWhetherTheLastOwnerWasKilled) {
  const test::TempFolder folder;
  EXPECT_FALSE(FolderLock(folder.path()).follows_killed());
  write_file(folder / ".lock", "process 1 on a machine that went down\n");
  EXPECT_TRUE(FolderLock(folder.path()).follows_killed());
  EXPECT_FALSE(FolderLock(folder.path()).follows_killed());
}

}  // namespace
}  // namespace llama32med
