#include "llama32med/metrics/medevalkit.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "llama32med/core/sha256.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"

namespace llama32med {
namespace {

// In the order they are tried; the answer follows the last occurrence.
constexpr std::string_view kPhrases[] = {"**answer**:", "**answer**", "*answer*:",    "**answer:**",    "answer is",
                                         "answer:",     "答案:",      "final answer", "final answer is"};
// The port's phrases; the answer follows the first occurrence.
constexpr std::string_view kPortPhrases[] = {"**answer**:", "**answer**", "*answer*:",       "**answer:**",
                                             "answer is",   "answer:",    "final answer is", "final answer"};
constexpr std::string_view kBoxed = "\\boxed{", kTagOpen = "<answer>", kTagClose = "</answer>";

// The trimmed contents of the last \boxed{}; absent if it is not closed.
std::optional<std::string> last_boxed(std::string_view text) {
  const auto at = text.rfind(kBoxed);
  if (at == text.npos) return std::nullopt;
  const auto content = text.substr(at + kBoxed.size());
  int depth = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    depth += content[i] == '{' ? 1 : content[i] == '}' ? -1 : 0;
    if (depth < 0) return std::string(trim_white_space(content.substr(0, i)));
  }
  return std::nullopt;
}

// The joined contents of all <answer>..</answer>; the text itself if they are empty.
std::string tagged(std::string_view text) {
  std::string found;
  for (auto begin = text.find(kTagOpen); begin != text.npos;) {
    const auto end = text.find(kTagClose, begin + kTagOpen.size());
    if (end == text.npos) break;
    found.append(text.substr(begin + kTagOpen.size(), end - begin - kTagOpen.size())).push_back(' ');
    begin = text.find(kTagOpen, end + kTagClose.size());
  }
  const auto trimmed = trim_white_space(found);
  return std::string(trimmed.empty() ? text : trimmed);
}

// The first step of the datasets' code. A box that says None counts as no box.
std::string unwrapped(std::string_view response) {
  if (const auto boxed = last_boxed(response); boxed && *boxed != "None") return *boxed;
  return response.find(kTagOpen) != response.npos ? tagged(response) : std::string(response);
}

std::string prepared(std::string_view prediction, MedEvalKitRules rules) {
  std::string text = unwrapped(prediction);
  if (rules == MedEvalKitRules::kYesNo) text = std::string(trim_white_space(lower_case(text)));
  return text;
}

std::string without_line_ends_and_periods(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '.'; });
  return text;
}

// Exactly one of the substrings occurs, and the reference is a substring too: "normal" contains "no".
bool yes_no_judge(std::string_view text, std::string_view reference) {
  const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
  return has("yes") != has("no") && has(reference);
}

std::vector<std::string_view> distinct_words(std::string_view text) {
  auto words = white_space_words(text);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

// rouge 1.0 raises on a text of periods only; without words, F1 is a plain 0, from which the caller unpacks three
// values.
std::string_view exception_of(std::string_view text, std::string_view reference) {
  const auto only_periods = [](std::string_view t) { return t.find_first_not_of('.') == t.npos; };
  if (only_periods(text) || only_periods(reference)) return "ValueError";
  return white_space_words(text).empty() || white_space_words(reference).empty() ? "TypeError" : "";
}

}  // namespace

std::string medevalkit_extract(std::string_view response) {
  std::string text = lower_case(response);
  if (text.find("boxed") != text.npos) {
    text = last_boxed(text).value_or("None");
  } else if (text.find(kTagOpen) != text.npos) {
    text = tagged(text);
  }
  for (const auto phrase : kPhrases) text.erase(0, text.size() - after_last(text, phrase).size());
  return text;
}

MedEvalKitAnswer medevalkit_closed(std::string_view prediction, std::string_view reference, MedEvalKitRules rules) {
  MedEvalKitAnswer out;
  out.compared = without_line_ends_and_periods(medevalkit_extract(prepared(prediction, rules)));
  if (rules == MedEvalKitRules::kYesNo) {
    out.correct = yes_no_judge(out.compared, trim_white_space(lower_case(reference)));
  } else if (reference == "yes" || reference == "no") {  // case-sensitive: SLAKE writes capitals
    out.correct = yes_no_judge(out.compared, reference);
  } else {
    out.correct = out.compared == lower_case(reference);
  }
  return out;
}

MedEvalKitAnswer medevalkit_open(std::string_view prediction, std::string_view reference, MedEvalKitRules rules) {
  MedEvalKitAnswer out;
  std::string expected = lower_case(reference);
  if (rules == MedEvalKitRules::kYesNo) expected = std::string(trim_white_space(expected));
  out.compared = medevalkit_extract(prepared(prediction, rules));
  out.correct = out.compared == expected;
  out.raises = exception_of(out.compared, expected);
  const std::string lower = lower_case(out.compared);
  const auto words = distinct_words(lower), others = distinct_words(expected);
  std::vector<std::string_view> common;
  std::set_intersection(words.begin(), words.end(), others.begin(), others.end(), std::back_inserter(common));
  if (common.empty()) return out;
  const auto shared = static_cast<double>(common.size());
  const double precision = shared / static_cast<double>(words.size());
  const double recall = shared / static_cast<double>(others.size());
  out.reported_precision = 2 * precision * recall / (precision + recall);
  out.reported_recall = precision;
  out.reported_f1 = recall;
  return out;
}

std::string lmms_medevalkit_extract(std::string_view response) {
  std::string text(trim_white_space(response));
  for (auto at = text.find(kBoxed); at != text.npos; at = text.find(kBoxed, at + 1)) {
    const auto begin = at + kBoxed.size(), end = text.find('}', begin + 1);
    const auto content = std::string_view(text).substr(begin, end == text.npos ? 0 : end - begin);
    // at least one character, on one line
    if (!content.empty() && content.find('\n') == content.npos) return std::string(trim_white_space(content));
  }
  const auto open = text.find(kTagOpen),
             close = text.find(kTagClose, open == text.npos ? open : open + kTagOpen.size());
  if (open != text.npos && close != text.npos) {
    const auto begin = open + kTagOpen.size();
    return std::string(trim_white_space(std::string_view(text).substr(begin, close - begin)));
  }
  for (const auto phrase : kPortPhrases) {
    const auto at = lower_case(text).find(phrase);
    if (at != std::string::npos) text.erase(0, at + phrase.size());
  }
  auto rest = trim_white_space(text);
  rest.remove_prefix(std::min(rest.find_first_not_of(':'), rest.size()));
  return std::string(trim_white_space(rest));
}

bool lmms_medevalkit_open(std::string_view prediction, std::string_view reference) {
  const std::string text = lower_case(lmms_medevalkit_extract(prediction)), expected = lower_case(reference);
  return trim_white_space(text) == trim_white_space(expected);
}

bool lmms_medevalkit_closed(std::string_view prediction, std::string_view reference) {
  const std::string lower = lower_case(reference);
  const auto expected = trim_white_space(lower);
  const std::string extracted = lower_case(lmms_medevalkit_extract(prediction));
  const std::string text = without_line_ends_and_periods(std::string(trim_white_space(extracted)));
  if (expected == "yes" || expected == "no") return yes_no_judge(text, expected);
  return trim_white_space(text) == expected;
}

std::string medevalkit_tables_sha256() {
  Sha256 sum;
  sum.add(unicode_tables_sha256());
  for (const auto phrase : kPhrases) sum.add(std::string(phrase) + '\n');
  for (const auto phrase : kPortPhrases) sum.add(std::string(phrase) + '\n');
  return sum.hex();
}

}  // namespace llama32med
