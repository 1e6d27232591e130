// Tokenizer files, tokenization of any text, prompt templates, chats.
#include <algorithm>
#include <array>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
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
  for (const auto* text :
       {"Hello, is there a fracture?\n", "  \xF0\x9F\x98\x80 \xE2\x80\xA8 123456 abc", "<|eot_id|>"}) {
    const auto ids = tokenizer.encode(text);
    (void)tokenizer.decode(ids, SpecialTokens::kKeep);
    (void)tokenizer.encode_with_specials(text);
  }
  for (const auto id : {-1LL, 0LL, 255LL, 1LL << 40})
    may_refuse([&] { (void)tokenizer.decode({id}, SpecialTokens::kSkip); });
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

std::size_t images_of(const std::vector<ChatTurn>& turns) {
  std::size_t images = 0;
  for (const auto& turn : turns)
    images += static_cast<std::size_t>(std::ranges::count(turn.parts, ChatPart::Kind::kImage, &ChatPart::kind));
  return images;
}

void check_encoding(const std::vector<ChatTurn>& turns) {
  static const Llama3Chat format;
  const std::vector<std::int64_t> tokens(images_of(turns), 1);
  const auto chat = encode_chat(ranks(), format, turns, {}, tokens);
  require(chat.ids.size() == chat.supervised.size(), "each token is supervised or not");
  (void)render_chat(format, turns, {});
}

void fuzz_prompt(std::string_view bytes) {
  const auto prompt = PromptTemplate::parse(bytes, "x");
  (void)prompt.answer_head();
  for (const auto use : {PromptUse::kTrain, PromptUse::kAnswer}) {
    PromptTemplate::Slots slots;
    for (const auto& slot : prompt.slots(use)) slots[slot] = "<|eot_id|>{x}<image>";
    check_encoding(prompt.render(slots, use));
  }
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

// The released layout with few special tokens.
Seeds tokenizer_json_seeds() {
  auto json = parse_json(source_text("tests/golden/tiny/model/tokenizer.json"), "tokenizer.json");
  auto& added = json.at("added_tokens");
  added.erase(added.begin() + 12, added.end());
  return {json_line(json)};
}

Seeds tokenizer_model_seeds() {
  return {source_text("tests/golden/tiny/model/tokenizer.model"), source_text("configs/phantom_base/tokenizer.model")};
}

Seeds tokenize_seeds() {
  return {"Is there a fracture in the left lung?\n", "  123456 \xF0\x9F\x98\x80 don't \xE2\x80\xA8",
          "<|eot_id|><|image|>"};
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
