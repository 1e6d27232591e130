#include "app/common/config_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/expect_error.h"

namespace llama32med {
namespace {

std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

TEST(ConfigReference, ListsEachFieldOnceWithItsType) {
  const auto text = config_reference("");
  const auto holds = [&](const std::string& part) { return text.find(part) != text.npos; };
  EXPECT_TRUE(holds("| `train.epochs` | `INT` | `3` |")) << text;
  EXPECT_TRUE(holds("| `model.semantics` | `{meta,hf}` | `\"meta\"` |")) << text;
  EXPECT_TRUE(holds("| **`stage1`** |")) << text;
  EXPECT_TRUE(holds("| **`stage2`** |")) << text;
  EXPECT_TRUE(holds("| `stage1.data.split` | `TEXT` | `\"train\"` |")) << text;  // the run's own default is "test"
  EXPECT_TRUE(holds("| `stage1.start` |")) << text;
  EXPECT_FALSE(holds("`stage1.train.epochs`")) << text;
  EXPECT_FALSE(holds("`stage2.")) << text;
  EXPECT_TRUE(holds("0: all cores; may change when a run is resumed")) << text;
}

TEST(ConfigReference, ShowsOneSectionOrField) {
  const auto runtime = config_reference("runtime");
  EXPECT_EQ(lines_of(runtime), 2u + 4u) << runtime;  // heading, section, three fields
  EXPECT_NE(runtime.find("| `runtime.threads` |"), runtime.npos);
  EXPECT_EQ(lines_of(config_reference("runtime.threads")), 2u + 1u);
  const auto stage = config_reference("stage2.train");  // named, so listed although it repeats another section
  EXPECT_NE(stage.find("| `stage2.train.epochs` |"), stage.npos) << stage;
  EXPECT_EQ(stage.find("`stage1."), stage.npos) << stage;
}

TEST(ConfigReference, FindsAWordInNamesAndMeanings) {
  const auto found = config_reference("EPOCH");
  EXPECT_NE(found.find("| `train.epochs` |"), found.npos) << found;
  EXPECT_NE(found.find("| `validate.every` |"), found.npos) << found;  // "at the end of each epoch"
  EXPECT_EQ(found.find("| `runtime.device` |"), found.npos) << found;
}

TEST(ConfigReference, RefusesWhatIsNowhere) {
  EXPECT_ERROR(config_reference("runtme"), ErrorKind::kUsage, "runtme", "did you mean \"runtime\"?", "train");
}

}  // namespace
}  // namespace llama32med
