#include "vectors/multiple_choice.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Difflib, Ratios) {  // as Python's difflib computes them
  EXPECT_DOUBLE_EQ(difflib_ratio("", ""), 1);
  EXPECT_DOUBLE_EQ(difflib_ratio("abc", ""), 0);
  EXPECT_DOUBLE_EQ(difflib_ratio("abcd", "bcde"), 0.75);
  EXPECT_DOUBLE_EQ(difflib_ratio("private", "provate"), 12.0 / 14);
  EXPECT_DOUBLE_EQ(difflib_ratio("tide", "diet"), 0.25);
  EXPECT_DOUBLE_EQ(difflib_ratio("diet", "tide"), 0.5);
  EXPECT_DOUBLE_EQ(difflib_ratio("é", "é"), 1);
}

TEST(Difflib, CharactersOfMoreThanAHundredthAreJunkInLongTexts) {
  EXPECT_DOUBLE_EQ(difflib_ratio("b", std::string(199, 'a') + "b"), 2.0 / 201);
  EXPECT_DOUBLE_EQ(difflib_ratio("a", std::string(199, 'a')), 2.0 / 200);
  EXPECT_DOUBLE_EQ(difflib_ratio("xa", std::string(199, 'a')), 2.0 / 201);
  EXPECT_DOUBLE_EQ(difflib_ratio("xa", std::string(200, 'a')), 0);  // popular, hence junk: no match to start from
  EXPECT_DOUBLE_EQ(difflib_ratio("a", std::string(200, 'a')), 2.0 / 201);  // but both texts begin with it
}

const std::vector<std::string> kChoices = {"A. CT", "B. MRI", "C. X-ray", "D. US"};

TEST(MedEvalKitChoice, Cascade) {
  for (const char* text : {"B", "B. MRI", "The answer is B", "MRI", "b\n\nbecause", "it is\n\nB. sure"})
    EXPECT_TRUE(medevalkit_choice_correct(kChoices, "B", text)) << text;
  EXPECT_FALSE(medevalkit_choice_correct(kChoices, "B", "A"));
  EXPECT_TRUE(medevalkit_choice_correct({"CT", "MRI"}, "mri", "B"));  // letter given, text wanted
  EXPECT_TRUE(medevalkit_choice_correct({"CT", "MRI"}, "b", "mri"));  // text given, letter wanted
  EXPECT_TRUE(medevalkit_choice_correct(kChoices, "A", ""));          // an empty text is most similar to the first
  EXPECT_FALSE(medevalkit_choice_correct({}, "A", "x"));
}

TEST(VlmEvalKitOption, LetterThenText) {
  const Options options = {{"A", "CT"}, {"B", "MRI"}, {"C", "X-ray"}, {"D", "US"}};
  EXPECT_EQ(vlmevalkit_option("(B)", options), "B");
  EXPECT_EQ(vlmevalkit_option("A CT or MRI", options), "A");  // its flaw: the article
  EXPECT_EQ(vlmevalkit_option("mri", options), "B");
  EXPECT_EQ(vlmevalkit_option("ct or mri", options), std::nullopt);
  EXPECT_EQ(vlmevalkit_option("Cannot determine the answer", options), "Z");
  EXPECT_EQ(vlmevalkit_option("Z", options), "Z");
  EXPECT_EQ(vlmevalkit_option("B is what I think of this picture here", options), std::nullopt);  // too early, too long
  EXPECT_EQ(vlmevalkit_option("The correct answer is **B**. Here is why: it has the look of one", options), "B");
  EXPECT_EQ(vlmevalkit_option("", options), std::nullopt);
}

}  // namespace
}  // namespace llama32med
