#include "llama32med/text/prompt_text.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

constexpr std::string_view kOpen = "<|", kClose = "|>";

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

}  // namespace

void refuse_special_names(std::string_view text, const std::string& where) {
  for (auto open = text.find(kOpen); open != text.npos; open = text.find(kOpen, open + 1)) {
    const auto begin = open + kOpen.size(), close = text.find(kClose, begin);
    if (close == text.npos) return;
    if (is_name(text.substr(begin, close - begin)))
      throw usage_error(
          "{}: \"{}\" would be encoded as plain text, not as that special token; write {} where an image belongs and "
          "leave all other special tokens out, the chat format adds them",
          where, text.substr(open, close + kClose.size() - open), kImageMark);
  }
}

}  // namespace llama32med
