#include "llama32med/metrics/words.h"

#include <gmock/gmock.h>

namespace llama32med {
namespace {

using ::testing::ElementsAre;

TEST(Words, AreCountedInOrder) {
  const auto counts = count_words({"lung", "left", "lung"});
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].word, "left");
  EXPECT_EQ(count_of(counts, "lung"), 2u);
  EXPECT_EQ(count_of(counts, "liver"), 0u);
  EXPECT_EQ(count_of({}, "lung"), 0u);
}

TEST(Words, SharedOnesCountAsOftenAsBothHaveThem) {
  EXPECT_EQ(count_shared({"a", "a", "b", "c"}, count_words({"a", "b", "b"})), 2u);
  EXPECT_EQ(count_shared({}, count_words({"a"})), 0u);
  EXPECT_EQ(count_shared({"a"}, {}), 0u);
}

TEST(Words, ReplaceAllGoesFromTheLeftAndLooksAtNothingTwice) {
  EXPECT_EQ(replace_all("x ray, x ray", "x ray", "xray"), "xray, xray");
  EXPECT_EQ(replace_all("a - - b", " - ", "-"), "a-- b");
  EXPECT_EQ(replace_all("", "a", "b"), "");
}

TEST(Words, AfterLastSplitsFromTheLeft) {
  EXPECT_EQ(after_last("a:b:c", ":"), "c");
  EXPECT_EQ(after_last("abc", ":"), "abc");
  EXPECT_EQ(after_last("a\n\n\nb", "\n\n"), "\nb");  // not the last possible position of the mark
  EXPECT_EQ(after_last("a:", ":"), "");
}

}  // namespace
}  // namespace llama32med
