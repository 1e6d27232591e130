#include <gtest/gtest.h>

#include "llama32med/core/strings.h"
#include "llama32med/text/tokenizer.h"
#include "support/test_data.h"
#include "text/random_text.h"

namespace llama32med {
namespace {

// In the tiny tokenizer every id is a byte, so characters arrive in parts.
TEST(StreamDecoder, EmitsWholeCharactersOnly) {
  const auto tokenizer = load_tokenizer(test::golden("tiny/model"));
  StreamDecoder stream(*tokenizer);
  EXPECT_EQ(stream.push('a'), "a");
  EXPECT_EQ(stream.push(0xF0), "");
  EXPECT_EQ(stream.push(0x9F), "");
  EXPECT_EQ(stream.push(0xA9), "");
  EXPECT_EQ(stream.push(0xBB), "\U0001FA7B");
  EXPECT_EQ(stream.push(tokenizer->require_special("<|eot_id|>")), "");
  EXPECT_EQ(stream.push(0xE2), "");
  EXPECT_EQ(stream.push('b'),
            "\uFFFD"
            "b");
  EXPECT_EQ(stream.push(0xC3), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.finish(), "");
}

TEST(StreamDecoder, StepsAddUpToTheWholeText) {
  const auto tokenizer = load_tokenizer(test::golden("tiny/model"));
  RandomStream random(fnv1a64("stream"));
  for (int round = 0; round < 300; ++round) {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 30; ++i)
      ids.push_back(static_cast<std::int64_t>(random.below(i % 3 ? 64 : 256)) + (i % 3 ? 128 : 0));
    StreamDecoder stream(*tokenizer);
    std::string text;
    for (const auto id : ids) {
      text += stream.push(id);
      ASSERT_TRUE(is_valid_utf8(text));
    }
    ASSERT_EQ(text + stream.finish(), replace_invalid_utf8(tokenizer->decode(ids, SpecialTokens::kKeep)));
  }
}

}  // namespace
}  // namespace llama32med
