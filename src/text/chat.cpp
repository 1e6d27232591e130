#include "llama32med/text/chat.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

// A token that crosses the boundary (newlines of the header joined with leading newlines of the answer) is trained on.
void add_text(const Tokenizer& tokenizer, const ChatPiece& piece, EncodedChat& chat) {
  const bool supervised = piece.supervised_from != ChatPieces::kNotSupervised;
  std::size_t end = 0;  // byte after the token
  for (const auto id : tokenizer.encode(piece.text)) {
    if (supervised) end += tokenizer.decode({id}, SpecialTokens::kKeep).size();
    chat.ids.push_back(id);
    chat.supervised.push_back(supervised && end > piece.supervised_from);
  }
}

}  // namespace

void ChatPieces::special(std::string_view name, std::size_t supervised_from) {
  pieces_.push_back({ChatPiece::Kind::kSpecial, std::string(name), supervised_from});
}

void ChatPieces::image(std::string_view token) {
  pieces_.push_back({ChatPiece::Kind::kImage, std::string(token), kNotSupervised});
}

void ChatPieces::text(std::string_view text, std::size_t supervised_from) {
  if (pieces_.empty() || pieces_.back().kind != ChatPiece::Kind::kText)
    pieces_.push_back({ChatPiece::Kind::kText, "", kNotSupervised});
  auto& run = pieces_.back();
  if (supervised_from != kNotSupervised)
    run.supervised_from = std::min(run.supervised_from, run.text.size() + supervised_from);
  run.text += text;
}

EncodedChat encode_chat(const Tokenizer& tokenizer, const ChatFormat& format, const std::vector<ChatTurn>& turns,
                        const ChatOptions& options, std::span<const std::int64_t> image_tokens) {
  EncodedChat chat;
  std::size_t images = 0;
  for (const auto& piece : format.pieces(turns, options)) {
    if (piece.kind == ChatPiece::Kind::kText) {
      add_text(tokenizer, piece, chat);
      continue;
    }
    std::int64_t count = 1;
    if (piece.kind == ChatPiece::Kind::kImage) {
      if (images == image_tokens.size())
        throw usage_error("the conversation shows more images than the {} there are", image_tokens.size());
      count = image_tokens[images++];
    }
    chat.ids.insert(chat.ids.end(), static_cast<std::size_t>(count), tokenizer.require_special(piece.text));
    chat.supervised.insert(chat.supervised.end(), static_cast<std::size_t>(count),
                           piece.supervised_from != ChatPieces::kNotSupervised);
  }
  return chat;
}

std::string render_chat(const ChatFormat& format, const std::vector<ChatTurn>& turns, const ChatOptions& options) {
  std::string text;
  for (const auto& piece : format.pieces(turns, options)) text += piece.text;
  return text;
}

}  // namespace llama32med
