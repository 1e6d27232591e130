#include "llama32med/metrics/overlap.h"

#include <gtest/gtest.h>

#include "llama32med/metrics/letters_overlap.h"
#include "llama32med/metrics/token_overlap.h"

namespace llama32med {
namespace {

TEST(Overlap, CountsSharedWordsAsThePredictionHasThem) {
  const auto [f1, precision, recall] = overlap({"lung", "lung", "lung"}, {"right", "lung"});
  EXPECT_DOUBLE_EQ(precision, 1);
  EXPECT_DOUBLE_EQ(recall, 0.75);
  EXPECT_DOUBLE_EQ(f1, 2 * 0.75 / 1.75);
  EXPECT_EQ(overlap({"liver"}, {"lung"}).f1, 0);
  EXPECT_EQ(overlap({}, {"lung"}).recall, 0);
  EXPECT_EQ(overlap({"lung"}, {}).precision, 0);
}

TEST(Overlap, FoundShareIsAPrecision) {
  EXPECT_DOUBLE_EQ(found_share({"lung"}, {"right", "lung"}), 1);
  EXPECT_DOUBLE_EQ(found_share({"lung", "lung", "lung"}, {"right", "lung"}), 1.0 / 3);
  EXPECT_EQ(found_share({}, {"lung"}), 0);
}

TEST(LlavaMed, NormalizesBothSides) {
  EXPECT_DOUBLE_EQ(llava_med_overlap("T2-weighted", "t2 weighted").f1, 1);
  EXPECT_DOUBLE_EQ(llava_med_overlap("two", "2").recall, 1);
  EXPECT_DOUBLE_EQ(llava_med_overlap("5.5cm", "5.5 cm").recall, 0);
}

TEST(LlavaMed, ARepeatedWordIsNotAnExactMatchOfItself) {
  EXPECT_DOUBLE_EQ(llava_med_exact_match("lung and lung", "lung and lung"), 2.0 / 3);
}

TEST(LlavaMed, TheFirstOfTheBestCandidatesIsTheAnswer) {
  const std::string first[] = {"liver", "right lung", "lung"}, other[] = {"lung", "right lung", "liver"};
  EXPECT_EQ(llava_med_candidate_accuracy("right lung field", "lung", first), 0);
  EXPECT_EQ(llava_med_candidate_accuracy("right lung field", "lung", other), 1);
  const std::string none[] = {"liver", "heart"};  // no word found: the first
  EXPECT_EQ(llava_med_candidate_accuracy("brain", "liver", none), 1);
  EXPECT_THROW(llava_med_candidate_accuracy("a", "b", {}), std::invalid_argument);
}

TEST(Letters, HyphensJoinWordsAndDigitsVanish) {
  EXPECT_DOUBLE_EQ(letters_exact_match("salt and pepper pattern", "salt-and-pepper pattern").value(), 0.25);
  EXPECT_DOUBLE_EQ(letters_f1("t weighted", "T2 weighted").value(), 1);
  EXPECT_EQ(letters_exact_match("5", "5"), std::nullopt);
  EXPECT_EQ(letters_f1("", "lung"), std::nullopt);
  EXPECT_DOUBLE_EQ(letters_f1("lung", "5").value(), 0);
  EXPECT_DOUBLE_EQ(letters_exact_match("naïve", "nave").value(), 1);
}

TEST(Letters, BleuComparesLengthsInCharacters) {
  EXPECT_NEAR(letters_bleu("organisms", "the organisms", 1).value(), 0.6411803884299546, 1e-15);
  EXPECT_DOUBLE_EQ(letters_bleu("the lung", "the lung", 2).value(), 1);
  EXPECT_DOUBLE_EQ(letters_bleu("lung the", "the lung", 2).value(), 1);  // no bigram matches: left out
  EXPECT_DOUBLE_EQ(letters_bleu("liver", "heart", 1).value(), 1);        // nothing matches, so the sum is empty
  EXPECT_EQ(letters_bleu("lung", "the lung", 2), std::nullopt);
  EXPECT_EQ(letters_bleu("5", "lung", 1), std::nullopt);
  EXPECT_EQ(letters_bleu("", "lung", 1), std::nullopt);
}

}  // namespace
}  // namespace llama32med
