#include "llama32med/metrics/answer_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "llama32med/core/sha256.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"
#include "metrics/vqa_words.h"

namespace llama32med {
namespace {

constexpr std::string_view kNegations[] = {"no",    "not",     "without", "absent", "negative",
                                           "never", "neither", "nor",     "cannot", "denies"};
constexpr std::size_t kNegationReach = 4;  // tokens before a match

bool is_negation(std::string_view token) {
  return std::find(std::begin(kNegations), std::end(kNegations), token) != std::end(kNegations);
}

bool is_token_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// [a-z0-9]+(\.[0-9]+)?, views into `text`
std::vector<std::string_view> raw_tokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_token_character(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_token_character(text[end])) ++end;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]))
      for (++end; end < text.size() && is_digit(text[end]);) ++end;
    tokens.push_back(text.substr(i, end - i));
    i = end;
  }
  return tokens;
}

bool equal_without_tokens(std::string_view prediction, std::string_view reference) {
  const auto text = paper_text(prediction);
  return !text.empty() && text == paper_text(reference);
}

std::string token_text(std::string_view text) { return lower_case(nfkc(text)); }

Words tokens_of(std::string_view lower) {
  Words tokens = raw_tokens(lower);
  for (auto& token : tokens) token = replaced_number_word(token);
  std::erase_if(tokens, is_article);
  return tokens;
}

bool contains_affirmed(const Words& tokens, const Words& wanted) {
  for (auto from = tokens.begin();; ++from) {
    from = std::search(from, tokens.end(), wanted.begin(), wanted.end());
    if (from == tokens.end()) return false;
    const auto reach = std::min<std::ptrdiff_t>(kNegationReach, from - tokens.begin());
    if (std::none_of(from - reach, from, is_negation)) return true;
  }
}

}  // namespace

std::vector<std::string> answer_tokens(std::string_view text) {
  const std::string lower = token_text(text);
  const auto tokens = tokens_of(lower);
  return {tokens.begin(), tokens.end()};
}

YesNo parse_yes_no(std::string_view text) {
  const std::string lower = token_text(text);
  const auto tokens = raw_tokens(lower);
  if (tokens.empty()) return YesNo::kNone;
  if (tokens[0] == "yes") return YesNo::kYes;
  if (tokens[0] == "no") return YesNo::kNo;
  const auto has = [&](std::string_view word) { return std::find(tokens.begin(), tokens.end(), word) != tokens.end(); };
  if (has("yes")) return has("no") ? YesNo::kBoth : YesNo::kYes;
  return has("no") ? YesNo::kNo : YesNo::kNone;
}

bool relaxed_match(std::string_view prediction, std::string_view reference) {
  const std::string predicted = token_text(prediction), expected = token_text(reference);
  const auto given = tokens_of(predicted), wanted = tokens_of(expected);
  if (given.empty() || wanted.empty()) return equal_without_tokens(prediction, reference);
  if (given.size() > wanted.size()) return contains_affirmed(given, wanted);
  return given.size() == wanted.size() && count_shared(given, count_words(wanted)) == wanted.size();
}

double token_f1(std::string_view prediction, std::string_view reference) {
  const std::string predicted = token_text(prediction), expected = token_text(reference);
  const auto given = tokens_of(predicted), wanted = tokens_of(expected);
  if (given.empty() || wanted.empty()) return equal_without_tokens(prediction, reference) ? 1 : 0;
  const auto shared = count_shared(given, count_words(wanted));
  return 2 * static_cast<double>(shared) / static_cast<double>(given.size() + wanted.size());
}

std::string answer_token_tables_sha256() {
  Sha256 sum;
  sum.add(unicode_tables_sha256());
  for (const auto& [from, to] : number_words()) sum.add(fmt::format("\n{} {}", from, to));
  for (const auto word : kNegations) sum.add(fmt::format("\n{}", word));
  return sum.hex();
}

}  // namespace llama32med
