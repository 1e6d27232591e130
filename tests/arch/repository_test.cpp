// Shipped files are valid: every config is JSON, every prompt has text.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

std::vector<std::filesystem::path> files_below(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  const auto root = test::source_folder() / folder;
  if (!std::filesystem::exists(root)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

TEST(Repository, EveryConfigIsAnObjectOfJsonWithComments) {
  const auto files = files_below("configs");
  if (files.empty()) GTEST_SKIP() << "there are no configs";
  for (const auto& file : files) {
    if (file.extension() != ".json") continue;
    EXPECT_TRUE(read_json(file).is_object()) << file;
  }
}

TEST(Repository, EveryPromptSaysSomethingInUtf8) {
  const auto files = files_below("prompts");
  if (files.empty()) GTEST_SKIP() << "there are no prompts";
  for (const auto& file : files) {
    const auto text = read_file(file);
    EXPECT_FALSE(trim(text).empty()) << file;
    EXPECT_TRUE(is_valid_utf8(text)) << file;
  }
}

}  // namespace
}  // namespace llama32med
