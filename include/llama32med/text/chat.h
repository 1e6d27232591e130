// A conversation as the token ids a model was trained on. How turns are written is the model's (ChatFormat); how the
// written turns become ids is one function for all models.
//
// Special tokens are put in as ids and text is encoded as text, so nobody can write `<|eot_id|>` and end a turn.
// Otherwise the ids are those of the rendered string: neighboring texts are one run and are encoded together, since a
// token may reach over the seam between them.
//
// Throws Error{kData} where the tokenizer lacks a token, Error{kUsage} for a conversation that the format cannot write
// or that shows more images than there are.
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
  std::string date = "26 Jul 2024";  // for formats that write one; fixed, so that a run can be repeated another day
  GenerationPrompt generation_prompt = GenerationPrompt::kNone;
  std::string answer_head = "";  // behind kAssistant's header: words that the answer begins with, "The answer is:"
};

// What a format writes, piece by piece; one list serves the ids and the rendered string.
struct ChatPiece {
  enum class Kind {
    kSpecial,  // one token by its name
    kText,
    kImage  // the image token, by its name, as often as the image occupies tokens
  };
  Kind kind;
  std::string text;             // or the token's name
  std::size_t supervised_from;  // bytes of the text before this are not trained on
};

class ChatPieces {
 public:
  static constexpr std::size_t kNotSupervised = std::string::npos;

  void special(std::string_view name, std::size_t supervised_from = kNotSupervised);
  void image(std::string_view token);  // never a label
  // Joins the text to the run before it.
  void text(std::string_view text, std::size_t supervised_from = kNotSupervised);
  std::vector<ChatPiece> take() { return std::move(pieces_); }

 private:
  std::vector<ChatPiece> pieces_;
};

// How a model's conversations are written: its chat template. Stateless.
class ChatFormat {
 public:
  virtual ~ChatFormat() = default;
  virtual std::vector<ChatPiece> pieces(const std::vector<ChatTurn>& turns, const ChatOptions& options) const = 0;
  virtual std::string image_token() const = 0;  // the token that shows an image, by its name
  virtual std::string end_of_turn() const = 0;  // the token that closes an answer
};

struct EncodedChat {
  std::vector<std::int64_t> ids;
  std::vector<bool> supervised;  // [ids]: what an assistant says, and the token that ends its turn
};

// image_tokens: how many tokens each image of the conversation occupies, in their order.
EncodedChat encode_chat(const Tokenizer& tokenizer, const ChatFormat& format, const std::vector<ChatTurn>& turns,
                        const ChatOptions& options, std::span<const std::int64_t> image_tokens = {});

// The same as text, for people to read, one token per image. Not for encoding: users' text may look like special
// tokens.
std::string render_chat(const ChatFormat& format, const std::vector<ChatTurn>& turns, const ChatOptions& options);

}  // namespace llama32med
