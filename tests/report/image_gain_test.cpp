#include "llama32med/report/image_gain.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "report/scored_items.h"

namespace llama32med::test {
namespace {

using ::testing::HasSubstr;

TEST(ImageGain, IsFlaggedIfItMayBeZero) {
  const TestRun normal(discordant(30, 12, 8, true)), shuffled(discordant(30, 12, 8, false));
  const auto gain = image_gain(normal.scored(), {"shuffled", &shuffled.scored()}, normal.rule());
  EXPECT_FALSE(gain.flagged());
  EXPECT_EQ(gain.closed.n, 0);
  const auto none = image_gain(normal.scored(), {"blank", &normal.scored()}, normal.rule());
  EXPECT_TRUE(none.flagged());
  EXPECT_THAT(image_gains_markdown({gain, none}), HasSubstr("**blank: the interval"));
  EXPECT_EQ(image_gains_json({none})[0]["flagged"], true);
}

}  // namespace
}  // namespace llama32med::test
