// A conversation as the token ids the model was trained on: the released chat template without tool calls.
//
//   <|begin_of_text|>
//   <|start_header_id|>user<|end_header_id|>\n\n<|image|>Is there a fracture?<|eot_id|>
//   <|start_header_id|>assistant<|end_header_id|>\n\nNo.<|eot_id|>                  (without these line breaks)
//
// Rules of the template: a system turn comes first, is trimmed, and gets two date lines. Without a system turn, a
// conversation without images gets a system turn that holds only the date lines; one with images gets none. Text of
// users and assistants is not trimmed. <|image|> replaces the image part, without a newline.
//
// Special tokens are inserted as ids and text is encoded as text, so a user cannot end a turn by writing `<|eot_id|>`.
// Otherwise the ids equal those of the rendered string: the two newlines after a header are encoded with the text that
// follows (the split pattern joins them with leading white space), and adjacent text parts are encoded as one text.
//
// Throws Error{kUsage} if a system turn is not the first or contains an image, Error{kData} if the tokenizer lacks a
// special token.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

enum class Role { kSystem, kUser, kAssistant };

struct ChatPart {
  enum class Kind { kText, kImage };
  Kind kind;
  std::string text;  // for kText

  static ChatPart image() { return {Kind::kImage, {}}; }
  static ChatPart of(std::string text) { return {Kind::kText, std::move(text)}; }
  bool operator==(const ChatPart&) const = default;
};

struct ChatTurn {
  Role role;
  std::vector<ChatPart> parts;

  bool operator==(const ChatTurn&) const = default;
};

enum class GenerationPrompt { kNone, kAssistant };  // kAssistant: ends with the header of the answer to generate

struct ChatOptions {
  std::string date = "26 Jul 2024";  // the template's default; fixed, so that a run can be reproduced on another day
  GenerationPrompt generation_prompt = GenerationPrompt::kNone;
  std::string answer_head = "";  // with kAssistant: the first words of the answer, e.g. "The answer is:"
};

struct EncodedChat {
  std::vector<std::int64_t> ids;
  std::vector<bool> supervised;  // [ids]: true for the assistant's text and the <|eot_id|> after it
};

EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<ChatTurn>& turns, const ChatOptions& options);

// The same as text, for people to read. Do not encode it: user text may look like special tokens here.
std::string render_chat(const std::vector<ChatTurn>& turns, const ChatOptions& options);

}  // namespace llama32med
