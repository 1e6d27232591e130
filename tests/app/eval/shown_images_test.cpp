#include "app/eval/shown_images.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

// The image of an item after the check, whose prediction has `known` as its hash.
std::filesystem::path shown(const std::filesystem::path& image, const AllowedFolders& allowed,
                            const std::string& known = "") {
  std::vector<Item> items = {{.record = {.id = "1", .image = image}, .prediction = {.id = "1", .image_sha256 = known}}};
  hide_foreign_images(items, allowed, "predictions.jsonl");
  return items.front().record.image;
}

TEST(ShownImages, AreThoseBelowAnAllowedFolder) {
  const TempFolder folder;
  for (const auto* name : {"run/a.png", "data/b.png", "secret.png"}) write_file(folder / name, name);
  std::filesystem::create_symlink("../secret.png", folder / "run/link.png");
  const AllowedFolders allowed(folder / "run", {folder / "data"});
  for (const auto* name : {"run/a.png", "data/b.png", "run/../data/b.png"})
    EXPECT_EQ(shown(folder / name, allowed), folder / name);
  for (const auto* name : {"secret.png", "run/../secret.png", "run/link.png", "none.png"})
    EXPECT_EQ(shown(folder / name, allowed), "") << name;
  EXPECT_EQ(shown("/etc/passwd", allowed), "");
  EXPECT_EQ(shown("", allowed), "");
}

TEST(ShownImages, AreThoseThatWhoWroteThePredictionsHad) {
  const TempFolder folder;
  write_file(folder / "data/a.png", "pixels");
  const AllowedFolders allowed(folder / "run");
  EXPECT_EQ(shown(folder / "data/a.png", allowed, sha256("pixels")), folder / "data/a.png");
  EXPECT_EQ(shown(folder / "data/a.png", allowed, sha256("other pixels")), "");
}

TEST(ShownImages, AreRegularFiles) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const AllowedFolders allowed(folder / "run");
  EXPECT_EQ(shown(folder / "pipe", allowed, sha256("")), "");
  EXPECT_EQ(shown("/dev/zero", allowed, sha256("")), "");
  EXPECT_EQ(shown(folder.path() / std::string(5000, 'x'), allowed, sha256("")), "");
}

}  // namespace
}  // namespace llama32med::test
