#include "llama32med/core/strings.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Strings, TrimRemovesWhiteSpaceAtBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Strings, SplitKeepsEmptyPartsAndJoinUndoesIt) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(join(split(",x,", ','), ","), ",x,");
}

TEST(Strings, Utf8ValidityFollowsTheStandard) {
  EXPECT_TRUE(is_valid_utf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\xA9\xBB"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_valid_utf8("\xE2\x82"));          // cut off
}

TEST(Strings, EachMaximalInvalidPartBecomesOneReplacement) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(replace_invalid_utf8("a\xE2\x82z"), "a" + mark + "z");
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), mark + mark + mark);
  EXPECT_EQ(replace_invalid_utf8("\xF0\x9F\xA9"), mark);
  EXPECT_EQ(replace_invalid_utf8("\xFF\xFE"), mark + mark);
}

TEST(Strings, DidYouMeanNamesTheNearest) {
  EXPECT_EQ(did_you_mean("temprature", {"top_p", "temperature"}), " (did you mean \"temperature\"?)");
  EXPECT_EQ(did_you_mean("zzzzzz", {"top_p"}), "");
}

TEST(Strings, PrintableTextHasNoControlCharacters) {
  EXPECT_EQ(printable("a\n\tb \xC3\xA4"), "a\n\tb \xC3\xA4");
  EXPECT_EQ(printable("\x1b]0;owned\x07\x7f\r"), "\\u001b]0;owned\\u0007\\u007f\\u000d");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m \xC2\xA0"),
            "\\u009b31m \xC2\xA0");
}

TEST(Strings, ShellWordsAreQuotedOnlyWhereNeeded) {
  EXPECT_EQ(shell_word("runs/a-b_1.json"), "runs/a-b_1.json");
  EXPECT_EQ(shell_word("my run"), "'my run'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace llama32med
