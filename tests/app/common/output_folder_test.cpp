#include "app/common/output_folder.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

const OutputOwner kOwner = owner_by_mark("merge", "merge.json");

TEST(OutputFolder, AppearsWholeOrNotAtAll) {
  const test::TempFolder folder;
  {
    OutputFolder out(folder / "out", kOwner);
    write_file(out.folder() / "merge.json", "{}");
    EXPECT_FALSE(is_there(folder / "out"));
  }
  EXPECT_TRUE(is_empty_folder(folder.path()));
  OutputFolder out(folder / "out", kOwner);
  write_file(out.folder() / "merge.json", "{}");
  out.place();
  EXPECT_TRUE(is_file(folder / "out/merge.json"));
}

TEST(OutputFolder, ReplacesOnlyWhatItsCommandWrote) {
  const test::TempFolder folder;
  write_file(folder / "out/notes.txt", "mine");
  EXPECT_ERROR(OutputFolder(folder / "out", kOwner), ErrorKind::kUsage, "merge did not write", "choose a new folder");
  write_file(folder / "out/merge.json", "{}");
  OutputFolder out(folder / "out", kOwner);
  out.place();
  EXPECT_TRUE(is_empty_folder(folder / "out"));
  EXPECT_ERROR(OutputFolder(folder / "out", kOwner), ErrorKind::kUsage, "in use by process");
}

TEST(OutputFolder, TakesTheDraftOfAKilledRunButNobodyElses) {
  const test::TempFolder folder;
  write_file(folder / "out.draft/half", "x");
  EXPECT_ERROR(OutputFolder(folder / "out", kOwner), ErrorKind::kUsage, "out.draft", "did not write");
  EXPECT_TRUE(is_file(folder / "out.draft/half"));
  write_file(folder / "out.lock", "process 1\n");
  const OutputFolder out(folder / "out", kOwner);
  EXPECT_TRUE(is_empty_folder(out.folder()));
}

}  // namespace
}  // namespace llama32med
