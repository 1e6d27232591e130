#include "llama32med/data/allowed_folders.h"

#include <gtest/gtest.h>

#include "llama32med/core/files.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

using Verdict = AllowedFolders::Verdict;
namespace fs = std::filesystem;

TEST(AllowedFolders, PathsAndLinksMayNotLeave) {
  const TempFolder folder;
  for (const auto* name : {"set/a", "set/inner/b", "beside/c", "set2/d"}) write_file(folder / name, "x");
  fs::create_symlink("../beside/c", folder / "set/out");
  fs::create_symlink("inner/b", folder / "set/in");
  fs::create_directory_symlink("../beside", folder / "set/middle");
  fs::create_directory_symlink("inner", folder / "set/round");
  const AllowedFolders allowed(folder / "set");
  for (const auto* name : {"a", "inner/b", "in", "round/b", "inner/../a", "./a", "../set/a", "absent"})
    EXPECT_EQ(allowed.verdict(folder / "set" / name), Verdict::kInside) << name;
  for (const auto* name : {"../beside/c", "..", "../set2/d", "inner/../../beside/c", "/etc/passwd", "/"})
    EXPECT_EQ(allowed.verdict(folder / "set" / name), Verdict::kPathLeaves) << name;
  for (const auto* name : {"out", "middle/c", "middle/absent", "inner/../middle/c"})
    EXPECT_EQ(allowed.verdict(folder / "set" / name), Verdict::kLinkLeaves) << name;
}

TEST(AllowedFolders, MayThemselvesBeLinks) {
  const TempFolder folder;
  write_file(folder / "real/a", "x");
  fs::create_directory_symlink("real", folder / "set");
  const AllowedFolders allowed(folder / "set/");
  EXPECT_EQ(allowed.verdict(folder / "set/a"), Verdict::kInside);
  EXPECT_EQ(allowed.verdict(folder / "real/a"), Verdict::kInside);
  EXPECT_EQ(allowed.verdict(folder / "a"), Verdict::kPathLeaves);
}

TEST(AllowedFolders, OthersAreAsGoodAsTheFirst) {
  const TempFolder folder;
  write_file(folder / "set/a", "x");
  write_file(folder / "other/b", "x");
  fs::create_symlink("../other/b", folder / "set/out");
  const AllowedFolders allowed(folder / "set", {folder / "none", folder / "other"});
  EXPECT_EQ(allowed.verdict(folder / "set/out"), Verdict::kInside);
  EXPECT_EQ(allowed.verdict(folder / "set/../other/b"), Verdict::kInside);
  EXPECT_EQ(allowed.verdict("/etc/passwd"), Verdict::kPathLeaves);
}

}  // namespace
}  // namespace llama32med::test
