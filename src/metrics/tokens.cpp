#include "llama32med/metrics/tokens.h"

#include <algorithm>
#include <utility>

#include "llama32med/core/strings.h"
#include "llama32med/metrics/code_points.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"

namespace llama32med {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_stop(char c) { return c == '.' || c == ','; }

// Marks that mteval always splits off: ASCII punctuation except ' , - . (and the space, which is unchanged).
bool is_split_mark(char c) {
  return c > ' ' && c < 0x7F && !is_digit(c) && !is_stop(c) && c != '\'' && c != '-' && !(c >= 'a' && c <= 'z') &&
         !(c >= 'A' && c <= 'Z');
}

// Replaces pairs of adjacent bytes like a two-character regular expression: from left to right, without overlap. `part`
// says where spaces go.
struct Pair {
  bool hit = false, before = false, between = false, after = false;
};

template <class Rule>
std::string pass(const std::string& text, Rule rule) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Pair pair = i + 1 < text.size() ? rule(text[i], text[i + 1]) : Pair{};
    if (pair.before) out += ' ';
    out += text[i];
    if (!pair.hit) continue;
    if (pair.between) out += ' ';
    out += text[++i];
    if (pair.after) out += ' ';
  }
  return out;
}

}  // namespace

Tokens white_space_tokens(std::string_view text) {
  const auto joined = collapse_white_space(text);
  return joined.empty() ? Tokens{} : split(joined, ' ');
}

Tokens word_tokens(std::string_view text) {
  Tokens words;
  std::u32string word;
  const auto close = [&] {
    if (!word.empty()) words.push_back(utf8(word));
    word.clear();
  };
  for (const char32_t point : code_points(lower_case(text))) {
    if (point == '_' || is_word_letter(point))
      word.push_back(point);
    else
      close();
  }
  close();
  return words;
}

Tokens tokens_13a(std::string_view text) {
  auto line = replace_all(text, "<skipped>", "");
  line = replace_all(line, "-\n", "");
  line = replace_all(line, "\n", " ");
  for (const auto& [entity, mark] : {std::pair{"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}})
    line = replace_all(line, entity, mark);
  std::string apart = " ";
  for (const char c : line) {
    if (is_split_mark(c)) {
      apart += ' ', apart += c, apart += ' ';
    } else {
      apart += c;
    }
  }
  apart += ' ';
  apart = pass(apart, [](char a, char b) { return Pair{!is_digit(a) && is_stop(b), false, true, true}; });
  apart = pass(apart, [](char a, char b) {
    const bool hit = is_stop(a) && !is_digit(b);
    return Pair{hit, hit, true, false};
  });
  apart = pass(apart, [](char a, char b) { return Pair{is_digit(a) && b == '-', false, true, true}; });
  return white_space_tokens(apart);
}

Tokens rouge_tokens(std::string_view text) {
  Tokens words;
  std::string word;
  for (const char c : lower_case(text) + " ") {
    if ((c >= 'a' && c <= 'z') || is_digit(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

std::string imageclef_text(std::string_view text) {
  static constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  std::string out;
  bool in_number = false;
  for (const char c : lower_case(text)) {
    if (is_digit(c)) {
      if (!in_number) out += "number";
    } else if (kPunctuation.find(c) == kPunctuation.npos) {
      out += c;
    }
    in_number = is_digit(c);
  }
  return out;
}

}  // namespace llama32med
