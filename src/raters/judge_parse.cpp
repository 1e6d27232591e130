// Parses a judge's answer by the rules in judge.h, without std::regex, which recurses on long answers.
#include <array>
#include <charconv>

#include "llama32med/core/strings.h"
#include "llama32med/raters/judge.h"

namespace llama32med {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Strips leading emphasis, brackets, quotes and spaces; a line break ends the label's line, unless the number follows
// ("Score:\n4").
void skip_decoration(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n*_`\"'[](){}<>#"), rest.size()));
}

// The text after the label and one of : = - at `at`, if they are there.
std::optional<std::string_view> behind_label(std::string_view text, std::size_t at, std::string_view label) {
  if (at > 0 && (is_letter(text[at - 1]) || is_digit(text[at - 1]))) return std::nullopt;  // "underscore", "subscore"
  auto rest = text.substr(at + label.size());
  skip_decoration(rest);
  static constexpr std::array kMarks = {":",           "=", "-", "\xE2\x80\x93", "\xE2\x80\x94",
                                        "\xEF\xBC\x9A"};  // dashes, full width
  for (const std::string_view mark : kMarks)
    if (rest.starts_with(mark)) {
      rest.remove_prefix(mark.size());
      skip_decoration(rest);
      return rest;
    }
  return std::nullopt;
}

std::optional<double> leading_number(std::string_view text) {
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (problem != std::errc()) return std::nullopt;
  auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!rest.empty() && is_letter(rest[0])) return std::nullopt;
  return value;
}

// The value after the last label that has one; `read` parses the text after a label.
template <class Read>
std::optional<double> last_labeled(std::string_view text, std::string_view label, Read read) {
  const auto lower = ascii_lower(text);
  for (auto at = lower.rfind(label); at != lower.npos; at = at == 0 ? lower.npos : lower.rfind(label, at - 1))
    if (const auto rest = behind_label(lower, at, label))
      if (const auto value = read(*rest)) return value;
  return std::nullopt;
}

std::optional<double> verdict_word(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_letter(text[size])) ++size;
  const auto word = text.substr(0, size);
  for (const std::string_view yes : {"equivalent", "same", "correct", "yes", "true"})
    if (word == yes) return 1.0;
  for (const std::string_view no : {"different", "incorrect", "wrong", "no", "false"})
    if (word == no) return 0.0;
  if (word == "not") return 0.0;  // "not equivalent"
  const auto number = leading_number(text);
  return number && (*number == 0 || *number == 1) ? number : std::nullopt;
}

}  // namespace

std::optional<double> parse_judge_score(std::string_view text) {
  const auto score = last_labeled(text, "score", leading_number);
  return score && *score >= 1 && *score <= 5 ? score : std::nullopt;
}

std::optional<double> parse_judge_verdict(std::string_view text) { return last_labeled(text, "verdict", verdict_word); }

std::optional<double> parse_judge_answer(JudgeTask task, std::string_view text) {
  return task == JudgeTask::kCaption ? parse_judge_score(text) : parse_judge_verdict(text);
}

}  // namespace llama32med
