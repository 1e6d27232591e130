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
  EXPECT_EQ(image_gains_text({{"image_gain", image_gains_json({none})}}),
            "image gain, blank: +0.00 points overall (95 % by image +0.0 to +0.0); no evidence that the model uses its "
            "images\n");
  EXPECT_EQ(image_gains_text({{"scores", 1}}), "");
}

}  // namespace
}  // namespace llama32med::test
