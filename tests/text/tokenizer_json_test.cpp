#include "text/tokenizer_json.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"
#include "text/random_text.h"

namespace llama32med {
namespace {

using Ids = std::vector<std::int64_t>;

Json tiny() { return read_json(test::golden("tiny/model/tokenizer.json")); }
std::unique_ptr<Tokenizer> made_from(const Json& json) { return make_json_tokenizer(json.dump(), "t.json"); }

TEST(TokenizerJson, GivesTheIdsOfTheRankFile) {
  const auto ranks = load_tokenizer(test::golden("tiny/model"));
  const auto json = load_tokenizer(test::golden("tiny/model/tokenizer.json"));
  ASSERT_NE(ranks->source(), json->source());
  EXPECT_EQ(json->vocabulary_size(), 512);
  EXPECT_EQ(ranks->vocabulary_size(), 512);
  EXPECT_EQ(json->special("<|image|>"), 512);
  RandomStream random(fnv1a64("tiny"));
  for (int i = 0; i < 2000; ++i) {
    const auto text = test::random_text(random);
    ASSERT_EQ(json->encode(text), ranks->encode(text));
    ASSERT_EQ(json->encode_with_specials(text), ranks->encode_with_specials(text));
  }
  for (std::int64_t id = 0; id <= 512; ++id)
    ASSERT_EQ(json->decode({id}, SpecialTokens::kKeep), ranks->decode({id}, SpecialTokens::kKeep));
}

TEST(TokenizerJson, MergesInBothForms) {
  auto json = tiny();
  json["added_tokens"] = Json::array();
  json["model"]["vocab"]["\u0120a"] = 256;   // " a"
  json["model"]["vocab"]["\u0120ab"] = 257;  // " ab"
  json["model"]["merges"] = {"\u0120 a", "\u0120a b"};
  const auto text = made_from(json);
  EXPECT_EQ(text->encode(" abab"), (Ids{257, 'a', 'b'}));
  EXPECT_EQ(text->vocabulary_size(), 258);
  json["model"]["merges"] = Json::array({Json::array({"\u0120", "a"}), Json::array({"\u0120a", "b"})});
  EXPECT_EQ(made_from(json)->encode(" abab"), text->encode(" abab"));
}

TEST(TokenizerJson, PlainAddedTokensAreMatchedInUserTextAndSpecialOnesAreNot) {
  auto json = tiny();
  json["added_tokens"].push_back({{"id", 513}, {"content", "<lesion>"}, {"special", false}});
  json["model"]["vocab"]["<|eot_id|>"] = 265;  // as some files have it
  const auto tokenizer = made_from(json);
  EXPECT_EQ(tokenizer->encode("<lesion>"), Ids{513});
  EXPECT_EQ(tokenizer->decode({513, 265}, SpecialTokens::kSkip), "<lesion>");
  EXPECT_EQ(tokenizer->encode("<|eot_id|>").size(), 10u);
  EXPECT_EQ(tokenizer->encode_with_specials("<|eot_id|><lesion>"), (Ids{265, 513}));
}

// A change to the tiny file, and what the error must contain.
struct Case {
  const char* pointer;
  Json value;
  const char* says;
};

TEST(TokenizerJson, NamesWhatItDoesNotSupport) {
  const Case cases[] = {
      {"/model/type", "Unigram", "Unigram"},
      {"/model/dropout", 0.1, "model.dropout = 0.1"},
      {"/model/byte_fallback", true, "byte_fallback"},
      {"/model/end_of_word_suffix", "</w>", "end_of_word_suffix"},
      {"/normalizer", {{"type", "NFC"}}, "normalizer NFC"},
      {"/decoder", {{"type", "WordPiece"}}, "decoder WordPiece"},
      {"/pre_tokenizer", {{"type", "Whitespace"}}, "Split followed by ByteLevel"},
      {"/pre_tokenizer/pretokenizers/0/behavior", "Removed", "Isolated"},
      {"/pre_tokenizer/pretokenizers/1/add_prefix_space", true, "add_prefix_space"},
      {"/added_tokens/0/lstrip", true, "<|begin_of_text|>"},
  };
  for (const auto& [pointer, value, says] : cases) {
    auto json = tiny();
    json[Json::json_pointer(pointer)] = value;
    EXPECT_ERROR(made_from(json), ErrorKind::kData, "t.json", "not supported", says);
  }
}

TEST(TokenizerJson, NamesWhatIsInvalid) {
  const Case cases[] = {
      {"/model", 7, "no \"model\""},
      {"/model/vocab", 7, "model.vocab"},
      {"/model/vocab/a", -1, "token a has the id -1"},
      {"/model/vocab/a", "x", "\"x\""},
      {"/model/vocab/a", 98, "98 belongs to two"},
      {"/model/vocab/\u20ac", 600, "byte-level"},
      {"/model/merges", {"a"}, "merge 0"},
      {"/model/merges", {"a b"}, "merge 0"},
      {"/model/merges", {7}, "merge 0 (7)"},
      {"/model/merges", {{"a", "b"}, {"c", "d"}}, "model.merges"},
      {"/added_tokens/1/content", "<|begin_of_text|>", "second time"},
      {"/added_tokens/1/id", 256, "second time"},
      {"/added_tokens/1/content", "", "no content"},
      {"/pre_tokenizer/pretokenizers/0/pattern/Regex", "(", "split pattern"},
  };
  for (const auto& [pointer, value, says] : cases) {
    auto json = tiny();
    json[Json::json_pointer(pointer)] = value;
    EXPECT_ERROR(made_from(json), ErrorKind::kData, "t.json", says);
  }
  EXPECT_ERROR(make_json_tokenizer("{\"model\": ", "t.json"), ErrorKind::kData, "t.json:1:", "not valid JSON");
  EXPECT_ERROR(make_json_tokenizer("[]", "t.json"), ErrorKind::kData, "t.json");
}

}  // namespace
}  // namespace llama32med
