#include "llama32med/metrics/vqa_normalizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"
#include "metrics/byte_set.h"
#include "metrics/vqa_words.h"

namespace llama32med {
namespace {

constexpr std::string_view kMarks = ";/[]\"{}()=+\\_-><@`,?!";
constexpr int kPeriodsThatGo = 32;  // re.UNICODE, passed as the count of re.sub

constexpr ByteSet kIsMark(kMarks);

bool has_comma_between_digits(std::string_view text) {
  for (auto at = text.find(','); at != text.npos; at = text.find(',', at + 1))
    if (digit_at_back(text.substr(0, at)) && digit_at_front(text.substr(at + 1))) return true;
  return false;
}

// Whether a mark is deleted or becomes a space is decided once for the whole text, for all its occurrences.
std::string without_marks(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), kIsMark)) return std::string(text);
  std::string deleted(has_comma_between_digits(text) ? kMarks : "");
  if (deleted.empty()) {
    const auto is_blank = [&](std::size_t i) { return i < text.size() && text[i] == ' '; };
    for (std::size_t i = 0; i < text.size(); ++i)
      if (kIsMark(text[i]) && (is_blank(i + 1) || (i > 0 && is_blank(i - 1)))) deleted.push_back(text[i]);
  }
  const ByteSet is_deleted(deleted);
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (!is_deleted(c)) out.push_back(kIsMark(c) ? ' ' : c);
  return out;
}

enum class PeriodRule {
  kDigitBehind,  // a period before a digit stays: the pattern with the typo
  kDigitOnEitherSide,
};

std::string without_periods(std::string text, PeriodRule rule) {
  if (text.find('.') == text.npos) return text;
  std::string out;
  out.reserve(text.size());
  int gone = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view before = std::string_view(text).substr(0, i), behind = std::string_view(text).substr(i + 1);
    const bool goes = text[i] == '.' && gone < kPeriodsThatGo && !digit_at_front(behind) &&
                      (rule == PeriodRule::kDigitBehind || !digit_at_back(before));
    if (goes)
      ++gone;
    else
      out.push_back(text[i]);
  }
  return out;
}

std::string with_words_replaced(const std::string& text) {
  const std::string lower = lower_case(text);
  std::string out;
  out.reserve(lower.size() + 4);
  for (const auto word : white_space_words(lower)) {
    const auto number = replaced_number_word(word);
    if (is_article(number)) continue;
    if (!out.empty()) out.push_back(' ');
    out.append(replaced_contraction(number));
  }
  return out;
}

std::string without_commas(std::string text) {
  std::erase(text, ',');
  return text;
}

std::string trimmed(std::string_view answer) {
  std::string text(answer);
  for (char& c : text)
    if (c == '\n' || c == '\t') c = ' ';
  return std::string(trim_white_space(text));
}

}  // namespace

std::string vqa_text(std::string_view answer) {
  if (is_ascii(answer)) return with_words_replaced(without_periods(without_marks(answer), PeriodRule::kDigitBehind));
  const std::string valid = replace_invalid_utf8(answer);
  return with_words_replaced(without_periods(without_marks(valid), PeriodRule::kDigitBehind));
}

std::string llava_med_text(std::string_view answer) { return without_commas(vqa_text(answer)); }

std::string m2i2_text(std::string_view answer) { return vqa_text(trimmed(answer)); }

std::string mmq_text(std::string_view answer) { return replace_all(llava_med_text(answer), "x ray", "xray"); }

std::string vlmevalkit_yes_no(std::string_view answer) {
  const std::string lower = lower_case(answer);
  const std::string text = without_periods(without_marks(lower), PeriodRule::kDigitOnEitherSide);
  bool yes = false, no = false;
  for (const auto word : white_space_words(text)) yes |= word == "yes", no |= word == "no";
  return yes == no ? "Unknown" : yes ? "Yes" : "No";
}

double vqa_accuracy(std::span<const std::string> references, std::string_view answer) {
  if (references.empty()) return 0;
  std::vector<std::string> all;
  for (const auto& reference : references) all.push_back(trimmed(reference));
  std::string given = trimmed(answer);
  if (std::any_of(all.begin(), all.end(), [&](const std::string& text) { return text != all[0]; })) {
    for (auto& text : all) text = vqa_text(text);
    given = vqa_text(given);
  }
  const auto matches = std::count(all.begin(), all.end(), given);
  double sum = 0;
  for (const auto& left_out : all) sum += std::min(1.0, static_cast<double>(matches - (left_out == given ? 1 : 0)) / 3);
  return sum / static_cast<double>(all.size());
}

std::string vqa_tables_sha256() {
  Sha256 sum;
  sum.add(unicode_tables_sha256());
  sum.add(kMarks);
  for (const auto table : {number_words(), vqa_contractions()})
    for (const auto& [from, to] : table) sum.add(fmt::format("\n{} {}", from, to));
  return sum.hex();
}

}  // namespace llama32med
