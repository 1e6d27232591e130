#include "llama32med/metrics/answer_tokens.h"

#include <gmock/gmock.h>

namespace llama32med {
namespace {

using ::testing::ElementsAre;

TEST(AnswerTokens, WhatATokenIs) {
  EXPECT_THAT(answer_tokens("The T2-weighted MRI, 5.5cm"), ElementsAre("t2", "weighted", "mri", "5.5", "cm"));
  EXPECT_THAT(answer_tokens("None of two x² a"), ElementsAre("0", "of", "2", "x2"));
  EXPECT_THAT(answer_tokens("5. 1.2.3 v1.x"), ElementsAre("5", "1.2", "3", "v1", "x"));
  EXPECT_THAT(answer_tokens("a 心 the"), ElementsAre());
}

TEST(AnswerTokens, YesAndNoAreWords) {
  EXPECT_EQ(parse_yes_no("Yes, but no fracture"), YesNo::kYes);  // the first word decides
  EXPECT_EQ(parse_yes_no("There is no effusion"), YesNo::kNo);
  EXPECT_EQ(parse_yes_no("The answer is yes and no"), YesNo::kBoth);
  EXPECT_EQ(parse_yes_no("The heart is normal, I do not know"), YesNo::kNone);
  EXPECT_EQ(parse_yes_no(""), YesNo::kNone);
}

TEST(AnswerTokens, RelaxedMatch) {
  EXPECT_TRUE(relaxed_match("Heart, Lung", "Lung, Heart"));
  EXPECT_TRUE(relaxed_match("it shows the left lung here", "left lung"));
  EXPECT_FALSE(relaxed_match("right upper lung", "right lung"));
  EXPECT_FALSE(relaxed_match("lung", "right lung"));
  EXPECT_FALSE(relaxed_match("", ""));
  EXPECT_TRUE(relaxed_match("心", "心"));  // no tokens: as protocol paper
  EXPECT_FALSE(relaxed_match("心", "肺"));
}

TEST(AnswerTokens, ANegationWithinFourTokensBeforeSpoilsAMatch) {
  EXPECT_FALSE(relaxed_match("no sign of acute pneumonia", "pneumonia"));
  EXPECT_TRUE(relaxed_match("not one two three four pneumonia", "pneumonia"));
  EXPECT_TRUE(relaxed_match("pneumonia, not effusion", "pneumonia"));
  EXPECT_TRUE(relaxed_match("no pneumonia left of what we see in detail: pneumonia", "pneumonia"));  // one is affirmed
  EXPECT_TRUE(relaxed_match("there is no pneumonia", "no pneumonia"));
}

TEST(AnswerTokens, F1) {
  EXPECT_DOUBLE_EQ(token_f1("right upper lung", "right lung"), 0.8);
  EXPECT_DOUBLE_EQ(token_f1("lung lung lung", "right lung"), 0.4);
  EXPECT_DOUBLE_EQ(token_f1("x ray", "x-ray"), 1);
  EXPECT_DOUBLE_EQ(token_f1("", "lung"), 0);
  EXPECT_DOUBLE_EQ(token_f1("心.", "心"), 1);
}

}  // namespace
}  // namespace llama32med
