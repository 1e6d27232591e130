#include "llama32med/text/chat.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "llama32med/core/error.h"
#include "text/added_tokens.h"

namespace llama32med {
namespace {

constexpr std::string_view kBegin = "<|begin_of_text|>", kEndOfTurn = "<|eot_id|>";
constexpr std::string_view kHeaderBegin = "<|start_header_id|>", kHeaderEnd = "<|end_header_id|>";
constexpr std::string_view kBehindHeader = "\n\n";

// A chat as special tokens and runs of text between them; serves both the ids and the string.
struct Piece {
  enum class Kind { kSpecial, kText };
  Kind kind;
  std::string text;
  std::size_t supervised_from;  // earlier bytes of the text are not trained on
};
constexpr std::size_t kNotSupervised = std::string::npos;

class Pieces {
 public:
  void special(std::string_view name, std::size_t supervised_from = kNotSupervised) {
    list_.push_back({Piece::Kind::kSpecial, std::string(name), supervised_from});
  }
  // Appends to the previous run of text.
  void text(std::string_view text, std::size_t supervised_from = kNotSupervised) {
    if (list_.empty() || list_.back().kind != Piece::Kind::kText)
      list_.push_back({Piece::Kind::kText, "", kNotSupervised});
    auto& run = list_.back();
    if (supervised_from != kNotSupervised)
      run.supervised_from = std::min(run.supervised_from, run.text.size() + supervised_from);
    run.text += text;
  }
  void header(std::string_view role) {
    special(kHeaderBegin);
    text(role);
    special(kHeaderEnd);
    text(kBehindHeader);
  }
  std::vector<Piece> take() { return std::move(list_); }

 private:
  std::vector<Piece> list_;
};

std::string_view name_of(Role role) {
  return role == Role::kSystem ? "system" : role == Role::kUser ? "user" : "assistant";
}

// White space of Python's str.strip(), which the template uses.
std::string_view trim_unicode(std::string_view text) {
  static constexpr std::array<std::string_view, 29> kBlanks = {
      "\t",     "\n",     "\v",     "\f",     "\r",     "\x1c",   "\x1d",   "\x1e",   "\x1f",   " ",
      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
      "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  const auto strip = [&](auto matches, auto remove) {
    for (auto blank = std::ranges::find_if(kBlanks, matches); blank != kBlanks.end();
         blank = std::ranges::find_if(kBlanks, matches))
      remove(blank->size());
  };
  strip([&](std::string_view blank) { return text.starts_with(blank); }, [&](std::size_t n) { text.remove_prefix(n); });
  strip([&](std::string_view blank) { return text.ends_with(blank); }, [&](std::size_t n) { text.remove_suffix(n); });
  return text;
}

bool has_image(const ChatTurn& turn) {
  return std::ranges::any_of(turn.parts, [](const ChatPart& part) { return part.kind == ChatPart::Kind::kImage; });
}

void add_system(Pieces& pieces, const ChatTurn* turn, const std::string& date) {
  std::string words;
  if (turn)
    for (const auto& part : turn->parts) words += part.text;
  pieces.header(name_of(Role::kSystem));
  pieces.text("Cutting Knowledge Date: December 2023\nToday Date: " + date + "\n\n");
  pieces.text(trim_unicode(words));
  pieces.special(kEndOfTurn);
}

void add_turn(Pieces& pieces, const ChatTurn& turn) {
  const auto supervised = turn.role == Role::kAssistant ? 0 : kNotSupervised;
  pieces.header(name_of(turn.role));
  for (const auto& part : turn.parts) {
    if (part.kind == ChatPart::Kind::kImage)
      pieces.special(kImageToken);  // never a label: the output head has no row for it, see tokenizer.h
    else
      pieces.text(part.text, supervised);
  }
  pieces.special(kEndOfTurn, supervised);
}

std::vector<Piece> pieces_of(const std::vector<ChatTurn>& turns, const ChatOptions& options) {
  Pieces pieces;
  pieces.special(kBegin);
  const bool system_first = !turns.empty() && turns[0].role == Role::kSystem;
  if (system_first || std::ranges::none_of(turns, has_image))
    add_system(pieces, system_first ? &turns[0] : nullptr, options.date);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role == Role::kSystem) {
      if (i > 0) throw usage_error("chat: turn {} is a system turn; only the first turn may be one", i + 1);
      if (has_image(turns[i]))
        throw usage_error("chat: the system turn holds an image; images belong to the user's turns");
      continue;
    }
    add_turn(pieces, turns[i]);
  }
  if (options.generation_prompt == GenerationPrompt::kAssistant) {
    pieces.header(name_of(Role::kAssistant));
    pieces.text(options.answer_head);
  }
  return pieces.take();
}

// A token that crosses the boundary (newlines of the header joined with leading newlines of the answer) is trained on.
void add_text(const Tokenizer& tokenizer, const Piece& piece, EncodedChat& chat) {
  std::size_t end = 0;  // byte after the token
  for (const auto id : tokenizer.encode(piece.text)) {
    if (piece.supervised_from != kNotSupervised) end += tokenizer.decode({id}, SpecialTokens::kKeep).size();
    chat.ids.push_back(id);
    chat.supervised.push_back(piece.supervised_from != kNotSupervised && end > piece.supervised_from);
  }
}

}  // namespace

EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<ChatTurn>& turns, const ChatOptions& options) {
  EncodedChat chat;
  for (const auto& piece : pieces_of(turns, options)) {
    if (piece.kind == Piece::Kind::kText) {
      add_text(tokenizer, piece, chat);
    } else {
      chat.ids.push_back(tokenizer.require_special(piece.text));
      chat.supervised.push_back(piece.supervised_from != kNotSupervised);
    }
  }
  return chat;
}

std::string render_chat(const std::vector<ChatTurn>& turns, const ChatOptions& options) {
  std::string text;
  for (const auto& piece : pieces_of(turns, options)) text += piece.text;
  return text;
}

}  // namespace llama32med
