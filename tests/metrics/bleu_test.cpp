#include "llama32med/metrics/bleu.h"

#include <gtest/gtest.h>

#include <cmath>

#include "llama32med/metrics/cider.h"
#include "llama32med/metrics/rouge.h"
#include "llama32med/metrics/word_recall.h"

namespace llama32med {
namespace {

BleuCounts counts(std::string_view reference, std::string_view hypothesis) {
  return bleu_counts(white_space_tokens(reference), white_space_tokens(hypothesis));
}

TEST(Bleu, CountsAreClipped) {
  const auto found = counts("the cat is on the mat", "the the the the cat");
  EXPECT_EQ(found.matches, (std::array<std::int64_t, 4>{3, 1, 0, 0}));
  EXPECT_EQ(found.totals, (std::array<std::int64_t, 4>{5, 4, 3, 2}));
}

TEST(Bleu, WithoutSmoothingNltksZeroIsTiny) {
  const auto found = counts("a b c d e", "a b x d e");
  const double value = nltk_bleu(found, 4, NltkSmoothing::kNone);
  EXPECT_GT(value, 0);
  EXPECT_LT(value, 1e-77);
  EXPECT_NEAR(nltk_bleu(found, 4, NltkSmoothing::kMethod1), std::pow(0.8 * 0.5 * (0.1 / 3) * (0.1 / 2), 0.25), 1e-12);
  EXPECT_EQ(nltk_bleu(counts("a b", "c d"), 1, NltkSmoothing::kMethod1), 0);
  EXPECT_EQ(nltk_bleu(counts("a b", ""), 4, NltkSmoothing::kMethod1), 0);
}

TEST(Bleu, AnOrderWithoutNgramsIsDividedByOne) {  // one word: 0.1 / 1 for the three higher orders
  EXPECT_NEAR(nltk_bleu(counts("lung", "lung"), 4, NltkSmoothing::kMethod1), std::pow(1e-3, 0.25), 1e-12);
}

TEST(Bleu, ShortAnswersPay) {
  EXPECT_NEAR(nltk_bleu(counts("a b c d", "a b"), 1, NltkSmoothing::kNone), std::exp(-1.0), 1e-12);
  EXPECT_EQ(nltk_bleu(counts("a b", "a b c d"), 1, NltkSmoothing::kNone), 0.5);
}

TEST(Bleu, CorpusScores) {
  auto sum = counts("a b c d e", "a b c d e");
  sum += counts("f g", "f");
  EXPECT_NEAR(hf_bleu(sum, 1), std::exp(1 - 7.0 / 6), 1e-12);
  EXPECT_NEAR(sacrebleu(sum, EffectiveOrder::kOff), 100 * hf_bleu(sum), 1e-9);
  EXPECT_EQ(hf_bleu(counts("a b c d", "a c b d")), 0);
  EXPECT_GT(sacrebleu(counts("a b c d", "a c b d"), EffectiveOrder::kOff), 0);
  EXPECT_EQ(sacrebleu(counts("a", "a"), EffectiveOrder::kOff), 0);
  EXPECT_NEAR(sacrebleu(counts("a", "a"), EffectiveOrder::kOn), 100, 1e-9);
  EXPECT_EQ(hf_bleu({}), 0);
  EXPECT_EQ(sacrebleu({}, EffectiveOrder::kOn), 0);
}

TEST(Bleu, CocosConstantsKeepNothingDivisible) {
  EXPECT_NEAR(coco_bleu(counts("a b c d", "a b c d"), 4), 1, 1e-8);
  EXPECT_LT(coco_bleu(counts("a b c d", "e f g h"), 4), 1e-10);
  EXPECT_EQ(coco_bleu(counts("a b c d", ""), 4), 0);
}

TEST(Rouge, WordsAndSubsequences) {
  const auto words = rouge1("the left lung, the heart", "The lung THE lung");
  EXPECT_DOUBLE_EQ(words.precision, 3.0 / 4);
  EXPECT_DOUBLE_EQ(words.recall, 3.0 / 5);
  EXPECT_DOUBLE_EQ(rouge_l("a b c d", "d a c").recall, 0.5);
  EXPECT_EQ(rouge_l("a", "").f1, 0);
  const Tokens reference = {"a", "b", "c", "d"}, hypothesis = {"a", "c"};
  EXPECT_NEAR(coco_rouge_l(reference, hypothesis), 2.44 * 0.5 / (0.5 + 1.44), 1e-12);
}

TEST(Rouge, SetsCountAWordOnce) {
  EXPECT_NEAR(set_rouge_1("a a b", "a").f1, 2 * 0.5 / (1.5 + 1e-8), 1e-12);
  EXPECT_NEAR(set_rouge_l("a b. c", "c. a b").recall, 1, 1e-12);  // per sentence, in any order
  EXPECT_EQ(set_rouge_l("", "a").f1, 0);
}

TEST(Cider, PerfectAnswersScoreTen) {
  const std::vector<Tokens> references = {{"a", "b", "c", "d", "e"}, {"f", "g", "h", "i"}, {"a", "x", "y", "z"}};
  for (const double score : cider(references, references)) EXPECT_NEAR(score, 10, 1e-9);
  EXPECT_EQ(cider(references, {{}, {}, {}}), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(cider({references[0]}, {references[0]})[0], 0);  // one document: idf is 0 everywhere
  EXPECT_TRUE(cider({}, {}).empty());
}

TEST(WordRecall, CountsDistinctWords) {
  EXPECT_DOUBLE_EQ(set_recall({"a", "a", "b"}, {"a", "c"}), 0.5);
  EXPECT_EQ(set_recall({}, {"a"}), 0);
}

}  // namespace
}  // namespace llama32med
