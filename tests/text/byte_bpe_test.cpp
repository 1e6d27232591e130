#include "text/byte_bpe.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

std::vector<std::string> bytes_and(std::initializer_list<std::string> more) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  tokens.insert(tokens.end(), more);
  return tokens;
}

std::vector<std::int64_t> encode(const ByteBpe& bpe, std::string_view piece) {
  std::vector<std::int64_t> ids;
  bpe.encode(piece, ids);
  return ids;
}

using Ids = std::vector<std::int64_t>;

TEST(ByteBpe, TheLowestRankMergesFirstAndTheLeftmostOfEqualOnes) {
  const ByteBpe bpe(bytes_and({"bc", "ab", "aa"}), std::nullopt, WholePiece::kLookUp, "test");
  EXPECT_EQ(encode(bpe, "abc"), (Ids{'a', 256}));
  EXPECT_EQ(encode(bpe, "aaa"), (Ids{258, 'a'}));
  EXPECT_EQ(encode(bpe, "aab"), (Ids{'a', 257}));
}

TEST(ByteBpe, AWholePieceMayBeATokenThatNoMergeReaches) {
  const auto tokens = bytes_and({"ab", "xyz"});
  const ByteBpe::Merges merges = {{ByteBpe::pair_key('a', 'b'), {0, 256}}};
  EXPECT_EQ(encode(ByteBpe(tokens, merges, WholePiece::kLookUp, "test"), "xyz"), (Ids{257}));
  EXPECT_EQ(encode(ByteBpe(tokens, merges, WholePiece::kMerge, "test"), "xyz"), (Ids{'x', 'y', 'z'}));
  EXPECT_EQ(encode(ByteBpe(tokens, merges, WholePiece::kMerge, "test"), "xab"), (Ids{'x', 256}));
}

TEST(ByteBpe, LongPiecesDoNotTakeQuadraticTime) {
  const ByteBpe bpe(bytes_and({"aa", "aaaa", "aaaaaaaa"}), std::nullopt, WholePiece::kLookUp, "test");
  const auto ids = encode(bpe, std::string(1'000'003, 'a'));  // quadratic: hours
  ASSERT_EQ(ids.size(), 125'000u + 2);
  EXPECT_EQ(ids.front(), 258);
  EXPECT_EQ(ids[125'000], 256);
  EXPECT_EQ(ids.back(), 'a');
}

TEST(ByteBpe, RejectsAVocabularyWithoutAllBytes) {
  auto tokens = bytes_and({"ab"});
  tokens[0x7f] = "";
  EXPECT_ERROR(ByteBpe(tokens, std::nullopt, WholePiece::kLookUp, "t.model"), ErrorKind::kData, "t.model", "0x7f");
  tokens[0x7f] = "ab";
  EXPECT_ERROR(ByteBpe(tokens, std::nullopt, WholePiece::kLookUp, "t.model"), ErrorKind::kData, "127 and 256");
}

}  // namespace
}  // namespace llama32med
