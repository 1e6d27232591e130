// A conversation as the token ids the model was trained on: the released chat template, tool calls left out.
//
//   <|begin_of_text|>
//   <|start_header_id|>user<|end_header_id|>\n\n<|image|>Is there a fracture?<|eot_id|>
//   <|start_header_id|>assistant<|end_header_id|>\n\nNo.<|eot_id|>                  (without these line breaks)
//
// Rules of the template: a system turn comes first, is trimmed, and gets two date lines; without one, a conversation
// that shows no image gets the date lines in a system turn of their own, and one that shows an image gets nothing.
// Users' and assistants' text is not trimmed. <|image|> stands where the image part stands, with no line end.
//
// Special tokens are put in as ids and text is encoded as text, so nobody can write `<|eot_id|>` and end a turn.
// Otherwise the ids are those of the rendered string: the two line ends behind a header belong to the text that follows
// them (the split pattern joins them with blanks and line ends at its beginning), and neighboring text parts are one
// text.
//
// Throws Error{kUsage}: a system turn that is not the first or holds an image. Error{kData}: the tokenizer lacks a
// token.
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
  std::string text;  // of kText

  static ChatPart image() { return {Kind::kImage, {}}; }
  static ChatPart of(std::string text) { return {Kind::kText, std::move(text)}; }
  bool operator==(const ChatPart&) const = default;
};

struct ChatTurn {
  Role role;
  std::vector<ChatPart> parts;

  bool operator==(const ChatTurn&) const = default;
};

enum class GenerationPrompt { kNone, kAssistant };  // kAssistant: ends with the header of the answer to come

struct ChatOptions {
  std::string date = "26 Jul 2024";  // the template's own; fixed, so that a run can be repeated on another day
  GenerationPrompt generation_prompt = GenerationPrompt::kNone;
  std::string answer_head = "";  // behind kAssistant's header: words that the answer begins with, "The answer is:"
};

struct EncodedChat {
  std::vector<std::int64_t> ids;
  std::vector<bool> supervised;  // [ids]: what an assistant says, and the <|eot_id|> behind it
};

EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<ChatTurn>& turns, const ChatOptions& options);

// The same as text, for people to read. Not for encoding: users' text may look like special tokens here.
std::string render_chat(const std::vector<ChatTurn>& turns, const ChatOptions& options);

}  // namespace llama32med
