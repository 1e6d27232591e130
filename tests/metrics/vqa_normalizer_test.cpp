#include "llama32med/metrics/vqa_normalizer.h"

#include <gtest/gtest.h>

#include "metrics/vqa_words.h"

namespace llama32med {
namespace {

TEST(VqaNormalizer, MarksAreDeletedOrBecomeSpacesForTheWholeText) {
  EXPECT_EQ(vqa_text("t2-weighted"), "t2 weighted");
  EXPECT_EQ(vqa_text("t2-weighted - axial"), "t2weighted axial");  // one hyphen touches a space: all are deleted
  EXPECT_EQ(vqa_text("axial (ct)"), "axial ct");
  EXPECT_EQ(vqa_text("A/P"), "p");
  EXPECT_EQ(vqa_text("a\tb-\tc"), "b c");  // only spaces count, not tabs; "a" is an article
}

TEST(VqaNormalizer, OneCommaBetweenDigitsDeletesAllMarks) {
  EXPECT_EQ(vqa_text("1,000 t2-weighted mri"), "1000 t2weighted mri");
  EXPECT_EQ(vqa_text("left,right/upper"), "left right upper");
  EXPECT_EQ(vqa_text("٣,٣ a-b"), "٣٣ ab");  // digits of any script
}

TEST(VqaNormalizer, PeriodsGoUnlessADigitFollows) {
  EXPECT_EQ(vqa_text("5."), "5");
  EXPECT_EQ(vqa_text(".5"), ".5");
  EXPECT_EQ(vqa_text("5.5 cm."), "5.5 cm");
  EXPECT_EQ(vqa_text(std::string("x").append(40, '.')), std::string("x").append(8, '.'));  // only the first 32
}

TEST(VqaNormalizer, WordsAreReplaced) {
  EXPECT_EQ(vqa_text("None of The two"), "0 of 2");
  EXPECT_EQ(vqa_text("no"), "no");
  EXPECT_EQ(vqa_text("dont"), "don't");
  EXPECT_EQ(vqa_text("somebody'd"), "somebodyd");
  EXPECT_EQ(vqa_text("hepatitis A"), "hepatitis");
  EXPECT_EQ(vqa_text("patient's ratio 1:2"), "patient's ratio 1:2");  // apostrophe and colon stay
  EXPECT_EQ(vqa_text("the"), "");
}

TEST(VqaNormalizer, VariantsDiffer) {
  EXPECT_EQ(mmq_text("X ray"), "xray");
  EXPECT_EQ(mmq_text("x-ray"), "xray");
  EXPECT_EQ(m2i2_text("x-ray"), "x ray");
  EXPECT_EQ(m2i2_text(" (ct"), "ct");
  EXPECT_EQ(m2i2_text(" a-b-"), "b");  // trimmed first: no hyphen touches a space
  EXPECT_EQ(mmq_text("b-c- "), "bc");
  EXPECT_EQ(m2i2_text("b-c- "), "b c");
  EXPECT_EQ(llava_med_text("right, left"), "right left");
}

TEST(VqaNormalizer, TheTableHoldsWhatLowerCaseWordsCanMatch) {
  EXPECT_EQ(vqa_contractions().size(), 114u);  // the original has 120
  for (const auto& [from, to] : vqa_contractions()) {
    EXPECT_EQ(replaced_contraction(from), to);
    EXPECT_EQ(replaced_contraction(to), to);  // so that a second pass changes no word
  }
  for (const auto& [from, to] : number_words()) EXPECT_EQ(replaced_number_word(from), to);
  EXPECT_EQ(replaced_contraction(""), "");
  EXPECT_EQ(replaced_number_word("eleven"), "eleven");
}

TEST(VqaAccuracy, LeavesOneOut) {
  const std::vector<std::string> all_yes(10, "yes"), one = {"yes"};
  EXPECT_DOUBLE_EQ(vqa_accuracy(all_yes, "yes"), 1);
  EXPECT_DOUBLE_EQ(vqa_accuracy(all_yes, "Yes."), 0);  // references agree: nothing is normalized
  EXPECT_DOUBLE_EQ(vqa_accuracy(one, "yes"), 0);       // no other references
  auto mixed = all_yes;
  mixed[9] = "no";
  EXPECT_DOUBLE_EQ(vqa_accuracy(mixed, "Yes."), 1);
  const std::vector<std::string> two = {"a b", "a b", "c", "d", "e", "f", "g", "h", "i", "j"};
  EXPECT_NEAR(vqa_accuracy(two, "b"), (2 * (1.0 / 3) + 8 * (2.0 / 3)) / 10, 1e-15);
  EXPECT_DOUBLE_EQ(vqa_accuracy({}, "b"), 0);
}

TEST(VlmEvalKit, YesNoByWords) {
  EXPECT_EQ(vlmevalkit_yes_no("Yes."), "Yes");
  EXPECT_EQ(vlmevalkit_yes_no("no, it is not"), "No");
  EXPECT_EQ(vlmevalkit_yes_no("The heart is normal"), "Unknown");
  EXPECT_EQ(vlmevalkit_yes_no("yes and no"), "Unknown");
  EXPECT_EQ(vlmevalkit_yes_no("(yes)"), "Yes");
}

}  // namespace
}  // namespace llama32med
