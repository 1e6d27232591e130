#include "llama32med/metrics/answer_text.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(AnswerText, PaperNormalForm) {
  EXPECT_EQ(paper_text("  Left \t Lung. "), "left lung");
  EXPECT_EQ(paper_text("X-Ray"), "x-ray");
  EXPECT_EQ(paper_text("5．"), "5");         // a full-width period is a period after NFKC
  EXPECT_EQ(paper_text("yes .."), "yes .");  // one period is removed
  EXPECT_EQ(paper_text("yes ."), "yes");
  EXPECT_EQ(paper_text("."), "");
  EXPECT_EQ(paper_text("ŒDÈME"), "œdème");
}

TEST(AnswerText, PaperNormalFormOfOnePeriodIsItsOwnNormalForm) {
  for (const char* text : {"a.", " B  c ", "ﬁ½", "É. ", "ß", "no", ""})
    EXPECT_EQ(paper_text(paper_text(text)), paper_text(text));
}

TEST(AnswerText, StrictNormalForm) {
  EXPECT_EQ(strict_text("Yes "), "yes");
  EXPECT_EQ(strict_text("yes."), "yes.");
  EXPECT_EQ(strict_text("Left  Lung"), "left  lung");
  EXPECT_EQ(strict_text("\u00A0GROSS \u3000"), "gross");
  EXPECT_EQ(strict_text("x²"), "x²");
}

TEST(AnswerText, YesAndNoAreClosed) {
  for (const char* text : {"Yes", " no ", "NO.", "yes"}) EXPECT_TRUE(is_yes_or_no(text)) << text;
  for (const char* text : {"", "none", "not", "yes, left", "Lung"}) EXPECT_FALSE(is_yes_or_no(text)) << text;
}

TEST(AnswerText, TheTemplateIsRemoved) {
  const auto hit = [](std::string_view text) {
    const auto found = extract_templated_answer(text);
    EXPECT_TRUE(found.hit) << text;
    return found.text;
  };
  EXPECT_EQ(hit("The answer is: Yes"), "Yes");
  EXPECT_EQ(hit("  the ANSWER is yes."), "yes.");
  EXPECT_EQ(hit("Assistant: The answer is:left lung<|eot_id|>"), "left lung");
  EXPECT_EQ(hit("<|start_header_id|>The answer is : 5"), "5");
  EXPECT_EQ(hit("The answer is:"), "");
  EXPECT_EQ(hit("The answer is: The answer is: no"), "The answer is: no");  // only one is removed
}

TEST(AnswerText, OtherTextStays) {
  const auto kept = [](std::string_view text) {
    const auto found = extract_templated_answer(text);
    EXPECT_FALSE(found.hit) << text;
    return found.text;
  };
  EXPECT_EQ(kept("The answer isn't clear"), "The answer isn't clear");
  EXPECT_EQ(kept("I think the answer is: no"), "I think the answer is: no");
  EXPECT_EQ(kept("Assistant: Yes</s>"), "Yes");
  EXPECT_EQ(kept("a <| b |> c <|"), "a <| b |> c <|");
  EXPECT_EQ(kept(""), "");
}

}  // namespace
}  // namespace llama32med
