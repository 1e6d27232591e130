#include "llama32med/text/llama3_chat.h"

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

std::string_view name_of(Role role) {
  return role == Role::kSystem ? "system" : role == Role::kUser ? "user" : "assistant";
}

void header(ChatPieces& pieces, std::string_view role) {
  pieces.special(kHeaderBegin);
  pieces.text(role);
  pieces.special(kHeaderEnd);
  pieces.text(kBehindHeader);
}

// What Python's str.strip() takes, which the template uses.
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

void add_system(ChatPieces& pieces, const ChatTurn* turn, const std::string& date) {
  std::string words;
  if (turn)
    for (const auto& part : turn->parts) words += part.text;
  header(pieces, name_of(Role::kSystem));
  pieces.text("Cutting Knowledge Date: December 2023\nToday Date: " + date + "\n\n");
  pieces.text(trim_unicode(words));
  pieces.special(kEndOfTurn);
}

void add_turn(ChatPieces& pieces, const ChatTurn& turn) {
  const auto supervised = turn.role == Role::kAssistant ? 0 : ChatPieces::kNotSupervised;
  header(pieces, name_of(turn.role));
  for (const auto& part : turn.parts) {
    if (part.kind == ChatPart::Kind::kImage)
      pieces.image(kImageToken);  // never a label: the output head has no row for it
    else
      pieces.text(part.text, supervised);
  }
  pieces.special(kEndOfTurn, supervised);
}

}  // namespace

std::string Llama3Chat::image_token() const { return std::string(kImageToken); }
std::string Llama3Chat::end_of_turn() const { return std::string(kEndOfTurn); }

std::vector<ChatPiece> Llama3Chat::pieces(const std::vector<ChatTurn>& turns, const ChatOptions& options) const {
  ChatPieces pieces;
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
    header(pieces, name_of(Role::kAssistant));
    pieces.text(options.answer_head);
  }
  return pieces.take();
}

}  // namespace llama32med
