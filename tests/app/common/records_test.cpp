#include "app/common/records.h"

#include <gtest/gtest.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

TEST(Records, RowsWithTestImagesAreRejectedUnlessAllowed) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "imgs/xmlab1");
  write_file(folder / "imgs/xmlab1/source.jpg", "");
  write_file(folder / "train.json",
             R"([{"qid": 1, "img_name": "xmlab1/source.jpg", "question": "?", "answer": "a", "q_lang": "zh"}])");
  DataConfig config{.name = "slake", .folder = folder.path(), .split = "train", .language = "zh"};
  EXPECT_ERROR(read_records(config), ErrorKind::kUsage, "72 of the 96", "allow_leaky");
  config.allow_leaky = true;
  EXPECT_EQ(read_records(config).records.size(), 1u);
}

}  // namespace
}  // namespace llama32med::test
