#include "llama32med/metrics/answer_text.h"

#include <algorithm>

#include "llama32med/core/strings.h"
#include "llama32med/metrics/unicode.h"

namespace llama32med {
namespace {

void drop_final_period(std::string& text) {
  if (!text.ends_with('.')) return;
  text.pop_back();
  text.resize(trim_white_space(text).size());  // only the end can have white space: the text was trimmed before
}

// Removes Llama's <|...|> and the <s>, </s>, <pad> of SentencePiece models.
std::string without_special_tokens(std::string_view text) {
  static constexpr std::string_view kShort[] = {"<s>", "</s>", "<pad>"};
  if (text.find('<') == text.npos) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t drop = 0;
    for (const auto token : kShort)
      if (text.starts_with(token)) drop = token.size();
    if (text.starts_with("<|")) {
      const auto end = text.find("|>", 2);
      const auto name = text.substr(2, end == text.npos ? 0 : end - 2);
      const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
      if (!name.empty() && std::all_of(name.begin(), name.end(), is_name)) drop = end + 2;
    }
    if (drop == 0) out.push_back(text[0]), drop = 1;
    text.remove_prefix(drop);
  }
  return out;
}

}  // namespace

std::string paper_text(std::string_view answer) {
  std::string text = lower_case(collapse_white_space(nfkc(answer)));
  drop_final_period(text);
  return text;
}

std::string strict_text(std::string_view answer) { return case_fold(trim_white_space(answer)); }

bool is_yes_or_no(std::string_view reference) {
  std::string text = strict_text(reference);
  drop_final_period(text);
  return text == "yes" || text == "no";
}

ExtractedAnswer extract_templated_answer(std::string_view text) {
  static constexpr std::string_view kSpeaker = "assistant:", kTemplate = "the answer is";
  const std::string plain = without_special_tokens(text);
  std::string_view rest = trim_white_space(plain);
  if (starts_with_ignoring_case(rest, kSpeaker)) rest = trim_white_space(rest.substr(kSpeaker.size()));
  if (!starts_with_ignoring_case(rest, kTemplate)) return {std::string(rest), false};
  const auto behind = rest.substr(kTemplate.size());
  auto answer = trim_white_space(behind);
  // "The answer isn't clear" does not match: a colon, white space or the end must follow.
  if (!answer.empty() && answer[0] != ':' && answer.size() == behind.size()) return {std::string(rest), false};
  if (!answer.empty() && answer[0] == ':') answer = trim_white_space(answer.substr(1));
  return {std::string(answer), true};
}

}  // namespace llama32med
