#include "text/sentencepiece_tokenizer.h"

#include <gtest/gtest.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "text/random_text.h"

namespace llama32med {
namespace {

using Ids = std::vector<std::int64_t>;

std::vector<std::string> small_corpus() {
  const std::vector<std::string> organs = {"lung", "liver", "heart", "kidney", "spleen", "brain"};
  const std::vector<std::string> questions = {"Is there a fracture in the {}?", "Which side of the {} is abnormal?",
                                              "The {} shows a mass of 35 mm.\nIt is on the left.", "no",
                                              "yes, in the {}"};
  std::vector<std::string> texts;
  for (const auto& organ : organs)
    for (auto text : questions) {
      if (const auto at = text.find("{}"); at != text.npos) text.replace(at, 2, organ);
      texts.push_back(text);
    }
  return texts;
}

class SentencePieceTokenizerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { model_ = train_sentencepiece(small_corpus(), 640); }
  std::unique_ptr<Tokenizer> tokenizer_ = make_sentencepiece_tokenizer(model_, "s.model");
  static std::string model_;
};
std::string SentencePieceTokenizerTest::model_;

TEST_F(SentencePieceTokenizerTest, LearnsTheTextsAndKeepsToTheSize) {
  EXPECT_LE(tokenizer_->vocabulary_size(), 640);
  EXPECT_GT(tokenizer_->vocabulary_size(), 560);
  EXPECT_LT(tokenizer_->encode("Is there a fracture in the lung?").size(), 24u);  // it has 32 characters
  EXPECT_EQ(train_sentencepiece(small_corpus(), 640), model_);
}

TEST_F(SentencePieceTokenizerTest, SpecialTokensFollowThePieces) {
  const auto size = tokenizer_->vocabulary_size();
  EXPECT_EQ(tokenizer_->special("<|image|>"), size);
  EXPECT_EQ(tokenizer_->special("<|begin_of_text|>"), size - 256);
  EXPECT_EQ(tokenizer_->special("<|eot_id|>"), size - 247);
  EXPECT_EQ(tokenizer_->encode_with_specials("<|eot_id|>"), Ids{size - 247});
  EXPECT_EQ(tokenizer_->decode({size - 247}, SpecialTokens::kKeep), "<|eot_id|>");
  EXPECT_EQ(tokenizer_->decode({size - 247}, SpecialTokens::kSkip), "");
  EXPECT_ERROR(tokenizer_->decode({size + 1}, SpecialTokens::kSkip), ErrorKind::kData, "s.model");
}

TEST_F(SentencePieceTokenizerTest, RoundTripOfRandomText) {
  RandomStream random(fnv1a64("sentencepiece round trip"));
  const auto specials = tokenizer_->require_special("<|begin_of_text|>");
  for (auto left = test::round_trips(); left > 0; --left) {
    const auto text = test::random_text(random);
    const auto ids = tokenizer_->encode(text);
    for (const auto id : ids) ASSERT_TRUE(id > 0 && id < specials) << text;  // no <unk>, nothing special
    ASSERT_EQ(tokenizer_->decode(ids, SpecialTokens::kSkip), text);
  }
}

TEST_F(SentencePieceTokenizerTest, EdgesAreKept) {
  for (const std::string text :
       {"", " ", "   ", " a ", "\n\nQ", "\t", "\u2581", " \u2581 \u2581\u2581", "<unk>", "<s>"})
    EXPECT_EQ(tokenizer_->decode(tokenizer_->encode(text), SpecialTokens::kSkip), text);
  EXPECT_EQ(tokenizer_->decode(tokenizer_->encode(std::string("a\0b", 3)), SpecialTokens::kSkip),
            std::string("a\0b", 3));
  EXPECT_EQ(tokenizer_->decode(tokenizer_->encode("\xC3("), SpecialTokens::kSkip), "\uFFFD(");
}

TEST_F(SentencePieceTokenizerTest, IsDistinguishedFromARankFileByContent) {
  const test::TempFolder folder;
  write_file(folder / "tokenizer.model", model_);
  EXPECT_EQ(load_tokenizer(folder.path())->encode("the lung"), tokenizer_->encode("the lung"));
}

TEST(TrainSentencePiece, ReportsWhatIsWrong) {
  EXPECT_ERROR(train_sentencepiece({"", " \n"}, 600), ErrorKind::kUsage, "empty");
  EXPECT_ERROR(train_sentencepiece(small_corpus(), 520), ErrorKind::kUsage, "520");
  EXPECT_ERROR(train_sentencepiece(small_corpus(), 3), ErrorKind::kUsage, "3");
}

TEST(TrainSentencePiece, TakesLongLinesAndBrokenBytes) {
  std::string line;
  for (int i = 0; i < 3000; ++i) line += "\u80ba" + std::to_string(i);
  const auto model = train_sentencepiece({line, line + " end", "\xFF broken", "tab\tand\r\n"}, 600);
  EXPECT_NO_THROW(make_sentencepiece_tokenizer(model, "s.model"));
}

TEST(SentencePieceTokenizer, RejectsBytesThatAreNotAModel) {
  EXPECT_ERROR(make_sentencepiece_tokenizer(std::string("\n\x0e\0\1", 4), "s.model"), ErrorKind::kData, "s.model");
}

}  // namespace
}  // namespace llama32med
