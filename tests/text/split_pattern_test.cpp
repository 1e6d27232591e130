#include "text/split_pattern.h"

#include <gmock/gmock.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

using ::testing::ElementsAre;

TEST(SplitPattern, CutsAsTheLlama3TokenizerDoes) {
  const SplitPattern pattern(kLlama3Pattern, "test");
  EXPECT_THAT(pattern.split("It's 12345 mm\n\n  wide"),
              ElementsAre("It", "'s", " ", "123", "45", " mm", "\n\n", " ", " wide"));
  EXPECT_THAT(pattern.split("DON'T (x)"), ElementsAre("DON", "'T", " (", "x", ")"));
  EXPECT_THAT(pattern.split("a   "), ElementsAre("a", "   "));
  EXPECT_TRUE(pattern.split("").empty());
}

TEST(SplitPattern, WhiteSpaceIsUnicodes) {
  const SplitPattern space(R"(\s+|[^\s]+)", "test"), other(R"(\S+)", "test");
  EXPECT_THAT(space.split("a\u00a0\u3000b"), ElementsAre("a", "\u00a0\u3000", "b"));
  EXPECT_THAT(space.split("a\u180eb"), ElementsAre("a\u180eb"));  // PCRE2's own \s matches U+180E
  EXPECT_THAT(other.split("a\u180eb \u2028c"), ElementsAre("a\u180eb", " \u2028", "c"));
}

TEST(SplitPattern, LettersAndNumbersOfNewerUnicodeCount) {
  const SplitPattern pattern(kLlama3Pattern, "test");
  EXPECT_THAT(pattern.split("\U00031350've"), ElementsAre("\U00031350", "'ve"));  // Unicode 15: CJK extension H
  EXPECT_THAT(pattern.split("1\U0001CCF0\U0001CCF1\U0001CCF2"),
              ElementsAre("1\U0001CCF0\U0001CCF1", "\U0001CCF2"));  // Unicode 16: outlined digits
}

TEST(SplitPattern, WhatIsNotMatchedIsAPieceToo) {
  const SplitPattern digits(R"([0-9]*)", "test");  // also matches the empty string
  EXPECT_THAT(digits.split("ab12\u00e4\u00f634"), ElementsAre("ab", "12", "\u00e4\u00f6", "34"));
}

TEST(SplitPattern, LongRunsWork) {
  const SplitPattern pattern(kLlama3Pattern, "test");
  for (const char* unit : {"a", " ", "\n", "!", "1", " \n", "\u00e4", "'"}) {
    std::string text;
    while (text.size() < 300'000) text += unit;
    std::size_t bytes = 0;
    for (const auto piece : pattern.split(text + "x")) bytes += piece.size();
    EXPECT_EQ(bytes, text.size() + 1);
  }
}

TEST(SplitPattern, AnInvalidPatternIsAnError) {
  EXPECT_ERROR(SplitPattern("a(b", "t.json"), ErrorKind::kData, "t.json", "a(b", "parenthesis");
}

}  // namespace
}  // namespace llama32med
