#include "text/tiktoken_tokenizer.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"
#include "text/random_text.h"

namespace llama32med {
namespace {

using Ids = std::vector<std::int64_t>;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// The released rank file, loaded once: it takes a tenth of a second.
class Llama3Tokenizer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (const auto path = test::full_data("llama3_tokenizer/tokenizer.model")) tokenizer_ = load_tokenizer(*path);
  }
  static void TearDownTestSuite() { tokenizer_.reset(); }
  void SetUp() override {
    if (!tokenizer_) GTEST_SKIP() << test::kNoFullData;
    golden_ = read_json(test::golden("llama3/tokens.json"))["values"];
  }
  static std::unique_ptr<Tokenizer> tokenizer_;
  Json golden_;
};
std::unique_ptr<Tokenizer> Llama3Tokenizer::tokenizer_;

TEST_F(Llama3Tokenizer, MatchesTheReferenceIds) {
  ASSERT_GE(golden_["encode"].size(), 105u);
  for (const auto& row : golden_["encode"]) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(tokenizer_->encode(text), row["ids"].get<Ids>()) << text;
    const auto& parsed = row.contains("ids_specials_parsed") ? row["ids_specials_parsed"] : row["ids"];
    EXPECT_EQ(tokenizer_->encode_with_specials(text), parsed.get<Ids>()) << text;
    EXPECT_EQ(tokenizer_->decode(row["ids"].get<Ids>(), SpecialTokens::kSkip), text);
    EXPECT_EQ(tokenizer_->decode(parsed.get<Ids>(), SpecialTokens::kKeep), text);
  }
}

TEST_F(Llama3Tokenizer, InvalidBytesBecomeReplacementCharacters) {
  ASSERT_GE(golden_["invalid_utf8"].size(), 13u);
  for (const auto& row : golden_["invalid_utf8"])
    EXPECT_EQ(tokenizer_->encode(from_hex(row["bytes_hex"])), row["ids"].get<Ids>()) << row["bytes_hex"];
}

TEST_F(Llama3Tokenizer, DecodesAsTheReferenceDoes) {
  for (const auto& row : golden_["decode"]) {
    const auto specials = row["skip_special_tokens"].get<bool>() ? SpecialTokens::kSkip : SpecialTokens::kKeep;
    const auto bytes = tokenizer_->decode(row["ids"].get<Ids>(), specials);
    EXPECT_EQ(replace_invalid_utf8(bytes), row["text"].get<std::string>());
    StreamDecoder stream(*tokenizer_, specials);
    std::string streamed;
    for (const auto id : row["ids"].get<Ids>()) streamed += stream.push(id);
    EXPECT_EQ(streamed + stream.finish(), row["text"].get<std::string>());
  }
}

TEST_F(Llama3Tokenizer, KnowsItsSpecialTokens) {
  for (const auto& [name, id] : golden_["special_ids"].items())
    EXPECT_EQ(tokenizer_->require_special(name), id.get<std::int64_t>());
  EXPECT_EQ(tokenizer_->special("<|reserved_special_token_2|>"), 128011);
  EXPECT_EQ(tokenizer_->special("<|reserved_special_token_246|>"), 128255);
  EXPECT_EQ(tokenizer_->vocabulary_size(), 128256);
  EXPECT_ERROR(tokenizer_->decode({128257}, SpecialTokens::kSkip), ErrorKind::kData, "128257", "0 to 128256");
  EXPECT_ERROR(tokenizer_->decode({-1}, SpecialTokens::kSkip), ErrorKind::kData, "-1");
}

TEST_F(Llama3Tokenizer, RoundTripOfRandomText) {
  RandomStream random(fnv1a64("llama3 round trip"));
  for (auto left = test::round_trips(); left > 0; --left) {
    const auto text = test::random_text(random);
    const auto ids = tokenizer_->encode(text);
    ASSERT_EQ(tokenizer_->decode(ids, SpecialTokens::kSkip), text);
    for (const auto id : ids) ASSERT_LT(id, 128000) << text;  // no special tokens from user text
    ASSERT_EQ(tokenizer_->decode(tokenizer_->encode_with_specials(text), SpecialTokens::kKeep), text);
  }
}

TEST_F(Llama3Tokenizer, ALongWordIsQuick) {
  const auto ids = tokenizer_->encode(std::string(100'000, 'a'));
  EXPECT_EQ(tokenizer_->decode(ids, SpecialTokens::kSkip), std::string(100'000, 'a'));
  EXPECT_LT(ids.size(), 20'000u);
}

TEST(TiktokenTokenizer, InvalidRanks) {
  const auto file = read_file(test::golden("tiny/model/tokenizer.model"));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto changed = file;
    changed.replace(changed.find(from), from.size(), to);
    return make_tiktoken_tokenizer(changed, "t.model");
  };
  EXPECT_ERROR(with("Aw== 3\n", "Aw= 3\n"), ErrorKind::kData, "t.model:4:", "\"Aw= 3\"");
  EXPECT_ERROR(with("Aw== 3\n", "Aw== x\n"), ErrorKind::kData, "t.model:4:", "Aw== x");
  EXPECT_ERROR(with("Aw== 3\n", "Aw==\n"), ErrorKind::kData, "t.model:4:");
  EXPECT_ERROR(with("Aw== 3\n", "Aw== 99999999999\n"), ErrorKind::kData, "t.model:4:");
  EXPECT_ERROR(with("Aw== 3\n", "Aw== 2\n"), ErrorKind::kData, "t.model:4:", "rank 2", "second time");
  EXPECT_ERROR(with("Aw== 3\n", ""), ErrorKind::kData, "rank 3 is missing", "255 ranks");
  EXPECT_ERROR(with("Aw== 3\n", "Ag== 3\n"), ErrorKind::kData, "2 and 3 have the same bytes");
  EXPECT_ERROR(with("/w== 255\n", ""), ErrorKind::kData, "0xff");
  EXPECT_ERROR(make_tiktoken_tokenizer("version https://git-lfs.github.com/spec/v1\n", "t.model"), ErrorKind::kData,
               "git lfs pull");
  EXPECT_NO_THROW(with("Aw== 3\n", "Aw== 3\r\n\n"));
}

TEST(TiktokenTokenizer, FoldersAndFilesWithoutATokenizer) {
  const test::TempFolder folder;
  EXPECT_ERROR(load_tokenizer(folder.path()), ErrorKind::kData, folder.path().c_str(), "no tokenizer.model");
  EXPECT_ERROR(load_tokenizer(folder / "none.model"), ErrorKind::kData, "none.model");
  write_file(folder / "tokenizer.model", "\n");
  EXPECT_ERROR(load_tokenizer(folder.path()), ErrorKind::kData, "empty");
}

}  // namespace
}  // namespace llama32med
