#include "llama32med/core/folder_lock.h"

#include <gtest/gtest.h>

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
  EXPECT_TRUE(std::filesystem::is_empty(out));
  EXPECT_TRUE(FolderLock{out}.held());
}

}  // namespace
}  // namespace llama32med
