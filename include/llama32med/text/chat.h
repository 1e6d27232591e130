// A conversation as the token ids a model was trained on. How turns are written depends on the model (ChatFormat); how
// the written turns become ids does not.
//
// Special tokens are inserted as ids and text is encoded as text, so a user cannot end a turn by writing `<|eot_id|>`.
// Otherwise the ids equal those of the rendered string: adjacent texts are encoded as one text, because a token may
// cross the boundary between them.
//
// Throws Error{kData} if the tokenizer lacks a special token, Error{kUsage} if the format cannot write the conversation
// or it contains more images than are given.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
  std::string date = "26 Jul 2024";  // for formats that contain one; fixed, so that a run can be reproduced later
  GenerationPrompt generation_prompt = GenerationPrompt::kNone;
  std::string answer_head = "";  // with kAssistant: the first words of the answer, e.g. "The answer is:"
};

// A conversation as special tokens, images and runs of text; serves both the ids and the string.
struct ChatPiece {
  enum class Kind {
    kSpecial,  // one token, given by its name
    kText,
    kImage  // the image token, given by its name, once per token of the image
  };
  Kind kind;
  std::string text;             // or the token's name
  std::size_t supervised_from;  // earlier bytes of the text are not trained on
};

class ChatPieces {
 public:
  static constexpr std::size_t kNotSupervised = std::string::npos;

  void special(std::string_view name, std::size_t supervised_from = kNotSupervised);
  void image(std::string_view token);  // never a label
  // Appends to the previous run of text.
  void text(std::string_view text, std::size_t supervised_from = kNotSupervised);
  std::vector<ChatPiece> take() { return std::move(pieces_); }

 private:
  std::vector<ChatPiece> pieces_;
};

// The chat template of a model. Stateless.
class ChatFormat {
 public:
  virtual ~ChatFormat() = default;
  virtual std::vector<ChatPiece> pieces(const std::vector<ChatTurn>& turns, const ChatOptions& options) const = 0;
  virtual std::string image_token() const = 0;  // name of the token that stands for an image
  virtual std::string end_of_turn() const = 0;  // name of the token that ends an answer
};

struct EncodedChat {
  std::vector<std::int64_t> ids;
  std::vector<bool> supervised;  // [ids]: true for the assistant's text and the token that ends its turn
};

// image_tokens: the number of tokens of each image of the conversation, in order.
EncodedChat encode_chat(const Tokenizer& tokenizer, const ChatFormat& format, const std::vector<ChatTurn>& turns,
                        const ChatOptions& options, std::span<const std::int64_t> image_tokens = {});

// The same as text, for people to read, one token per image. Do not encode it: user text may look like special tokens
// here.
std::string render_chat(const ChatFormat& format, const std::vector<ChatTurn>& turns, const ChatOptions& options);

}  // namespace llama32med
