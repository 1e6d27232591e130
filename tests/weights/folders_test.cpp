#include "llama32med/weights/folders.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "llama32med/core/files.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

constexpr const char* kId = "some-lab/Llama-3.2-11B-Med";

// Moves the hub's cache for one test.
class HubCache : public testing::Test {
 protected:
  HubCache() { ::setenv("HF_HUB_CACHE", folder_.path().c_str(), 1); }
  ~HubCache() override { ::unsetenv("HF_HUB_CACHE"); }
  std::filesystem::path repository() const { return folder_ / "models--some-lab--Llama-3.2-11B-Med"; }
  std::filesystem::path snapshot(const std::string& commit) const {
    make_folder(repository() / "snapshots" / commit);
    return repository() / "snapshots" / commit;
  }
  test::TempFolder folder_;
};

TEST_F(HubCache, AnIdIsTheSnapshotOfMain) {
  EXPECT_EQ(find_hub_folder(kId), kId);
  const auto old = snapshot("aaa");
  EXPECT_EQ(find_hub_folder(kId), old);  // the only one
  const auto main = snapshot("bbb");
  EXPECT_EQ(find_hub_folder(kId), kId);
  write_file(repository() / "refs/main", "bbb\n");
  EXPECT_EQ(find_hub_folder(kId), main);
  EXPECT_EQ(model_label(main), kId);
  EXPECT_EQ(model_label("runs/model"), "model");
}

TEST_F(HubCache, OnlyAnIdGetsTheDownloadCommand) {
  EXPECT_NE(hub_advice(kId).find("hf download some-lab/Llama-3.2-11B-Med"), std::string::npos);
  EXPECT_NE(hub_advice(kId).find(folder_.path().string()), std::string::npos);
  for (const auto* path : {"model", "a/b/c", "/tmp/model", "./model", "../model", "two words/model", ""})
    EXPECT_EQ(hub_advice(path), "") << path;
}

TEST(Subfolder, IsFoundByAFileInIt) {
  const test::TempFolder folder;
  EXPECT_FALSE(subfolder_with(folder.path(), "config.json"));
  write_file(folder / "b/config.json", "{}");
  write_file(folder / "a/other.json", "{}");
  EXPECT_EQ(subfolder_with(folder.path(), "config.json"), folder / "b");
  EXPECT_FALSE(subfolder_with(folder / "absent", "config.json"));
}

}  // namespace
}  // namespace llama32med
