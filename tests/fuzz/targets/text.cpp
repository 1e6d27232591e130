// Tokenizer files, tokenization of any text, prompt templates, chats.
#include <array>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/text/chat.h"
#include "llama32med/text/llama3_chat.h"
#include "llama32med/text/prompt_template.h"
#include "llama32med/text/tokenizer.h"
#include "support/test_data.h"

namespace llama32med::fuzz {
namespace {

void exercise(const Tokenizer& tokenizer) {
  for (const auto* text : {"Hello, is there a fracture?\n", "  \xF0\x9F\x98\x80 \xE2\x80\xA8 123456 abc", "<|eot_id|>"}) {
    const auto ids = tokenizer.encode(text);
    (void)tokenizer.decode(ids, SpecialTokens::kKeep);
    (void)tokenizer.encode_with_specials(text);
  }
  (void)tokenizer.decode({-1, 0, 1, 1LL << 40}, SpecialTokens::kSkip);
}

void fuzz_tokenizer_json(std::string_view bytes) {
  exercise(*load_tokenizer(scratch_file("tokenizer_json", "tokenizer.json", bytes)));
}

void fuzz_tokenizer_model(std::string_view bytes) {
  exercise(*load_tokenizer(scratch_file("tokenizer_model", "tokenizer.model", bytes)));
}

const Tokenizer& ranks() {
  static const auto tokenizer = load_tokenizer(test::golden("tiny/model"));
  return *tokenizer;
}

const Tokenizer& pieces() {
  static const auto tokenizer = load_tokenizer(test::source_folder() / "configs/phantom_base");
  return *tokenizer;
}

void fuzz_tokenize(std::string_view bytes) {
  for (const auto* tokenizer : {&ranks(), &pieces()}) {
    const auto ids = tokenizer->encode(bytes);
    require(tokenizer->decode(ids, SpecialTokens::kKeep) == replace_invalid_utf8(bytes), "decode(encode(s)) == s");
    StreamDecoder decoder(*tokenizer);
    std::string text;
    for (const auto id : ids) text += decoder.push(id);
    require(is_valid_utf8(text + decoder.finish()), "a stream is UTF-8");
    (void)tokenizer->encode_with_specials(bytes);
  }
}

void check_encoding(const std::vector<ChatTurn>& turns) {
  static const Llama3Chat format;
  constexpr std::array<std::int64_t, 8> kImageTokens = {1, 1, 1, 1, 1, 1, 1, 1};
  const auto chat = encode_chat(ranks(), format, turns, {}, kImageTokens);
  require(chat.ids.size() == chat.supervised.size(), "each token is supervised or not");
  (void)render_chat(format, turns, {});
}

void fuzz_prompt(std::string_view bytes) {
  const auto prompt = PromptTemplate::parse(bytes, "x");
  PromptTemplate::Slots slots;
  for (const auto& slot : prompt.slots(PromptUse::kTrain)) slots[slot] = "<|eot_id|>{x}<image>";
  (void)prompt.answer_head();
  check_encoding(prompt.render(slots, PromptUse::kTrain));
  (void)prompt.render(slots, PromptUse::kAnswer, 1);
}

// Text of any kind in a chat: special tokens that it spells stay text.
void fuzz_chat(std::string_view bytes) {
  static const Llama3Chat format;
  const auto half = bytes.size() / 2;
  const std::vector<ChatTurn> turns = {
      {Role::kUser, {ChatPart::image(), ChatPart::of(replace_invalid_utf8(bytes.substr(0, half)))}},
      {Role::kAssistant, {ChatPart::of(replace_invalid_utf8(bytes.substr(half)))}}};
  check_encoding(turns);
  const std::array<std::int64_t, 1> image = {1};
  std::int64_t ends = 0;
  for (const auto id : encode_chat(ranks(), format, turns, {}, image).ids)
    ends += id == ranks().require_special("<|eot_id|>") ? 1 : 0;
  require(ends == 2, "only the format writes the ends of turns");
}

Seeds tokenizer_json_seeds() {
  return {R"({"version": "1.0", "added_tokens": [{"id": 5, "content": "<|eot_id|>", "special": true}],
 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
 "decoder": {"type": "ByteLevel"},
 "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4}, "merges": ["a b", ["ab", "c"]]}})"};
}

Seeds tokenizer_model_seeds() {
  return {source_text("tests/golden/tiny/model/tokenizer.model"), source_text("configs/phantom_base/tokenizer.model")};
}

Seeds tokenize_seeds() {
  return {"Is there a fracture in the left lung?\n", "  123456 \xF0\x9F\x98\x80 don't \xE2\x80\xA8", "<|eot_id|><|image|>"};
}

Seeds prompt_seeds() { return files_in("prompts", ".txt"); }

}  // namespace

Targets text_targets() {
  return {{"tokenizer_json", fuzz_tokenizer_json, tokenizer_json_seeds},
          {"tokenizer_model", fuzz_tokenizer_model, tokenizer_model_seeds},
          {"tokenize", fuzz_tokenize, tokenize_seeds},
          {"prompt", fuzz_prompt, prompt_seeds},
          {"chat", fuzz_chat, tokenize_seeds}};
}

}  // namespace llama32med::fuzz
