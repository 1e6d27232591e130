// The part of Stanford's PTBTokenizer 3.4.1 (-preserveLines -lowerCase) that matters for captions, without the
// punctuation that pycocoevalcap removes. Of several matching rules the longest match wins, as in the original scanner.
// Not supported: web and mail addresses, markup, rare abbreviations. Quirks are kept: brackets stay as words ("-lrb-"),
// since lower case hides them from the list of punctuation; so do runs like "!!"; "2x1.6" is "2x1" ".6".
#include <algorithm>
#include <array>
#include <functional>

#include "llama32med/core/strings.h"
#include "llama32med/metrics/code_points.h"
#include "llama32med/metrics/tokens.h"
#include "llama32med/metrics/unicode.h"

namespace llama32med {
namespace {

constexpr std::array kMarks = {"''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"};

constexpr std::array kAbbreviations = {"vs",  "fig", "figs", "dr",  "drs", "mr",  "mrs",  "ms",  "prof", "al",   "etc",
                                       "st",  "jan", "feb",  "mar", "apr", "jun", "jul",  "aug", "sep",  "sept", "oct",
                                       "nov", "dec", "pp",   "inc", "ltd", "co",  "corp", "jr",  "sr"};

// Words that begin a sentence: an initial before one of them ends the previous sentence.
constexpr std::array kSentenceWords = {"a",    "after", "all",  "also", "an",   "and",  "as",    "at",    "but",
                                       "by",   "for",   "from", "he",   "her",  "his",  "if",    "in",    "it",
                                       "its",  "no",    "note", "on",   "she",  "the",  "there", "these", "they",
                                       "this", "those", "to",   "we",   "when", "with", "while"};

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_hyphen(char32_t c) { return c == 0x2010 || c == 0x2011; }
bool is_raised(char32_t c) { return c == 0xB2 || c == 0xB3 || c == 0xB9; }
bool is_letter(char32_t c) { return (is_word_letter(c) && !is_digit(c) && !is_raised(c)) || is_hyphen(c); }
bool is_letter_or_digit(char32_t c) { return is_letter(c) || is_digit(c); }
bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }

template <class List>
bool contains(const List& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

class PtbScanner {
 public:
  explicit PtbScanner(std::u32string text) : text_(std::move(text)) {}

  Tokens tokens() {
    while (at_ < text_.size()) {
      if (text_[at_] == ' ') {
        ++at_;
        continue;
      }
      const auto size =
          std::max({word(at_), underscored(at_), number(at_), hyphenated(at_), slashed(at_), dotted(at_)});
      if (size > 0) {
        take(size);
      } else {
        take_mark();
      }
    }
    return std::move(out_);
  }

 private:
  char32_t at(std::size_t i) const { return i < text_.size() ? text_[i] : U'\0'; }

  template <class Rule>
  std::size_t run(std::size_t begin, Rule rule) const {
    auto i = begin;
    while (i < text_.size() && rule(text_[i])) ++i;
    return i - begin;
  }

  // Letters and digits; after a first letter also "ct.ct", "really!no": marks followed by a letter.
  std::size_t word(std::size_t begin) const {
    auto i = begin + run(begin, is_letter_or_digit);
    if (is_apostrophe(at(begin + 1)) && (at(begin) == 'o' || at(begin) == 'd' || at(begin) == 'l') &&
        is_letter_or_digit(at(begin + 2)))  // o'clock
      return 2 + run(begin + 2, is_letter_or_digit);
    if (i == begin || !is_letter(at(begin))) return i - begin;
    while ((at(i) == '.' || at(i) == '!' || at(i) == '?') && is_letter(at(i + 1)))
      i += 1 + run(i + 1, is_letter_or_digit);
    return i - begin;
  }

  std::size_t underscored(std::size_t begin) const {
    auto i = begin + run(begin, is_letter_or_digit);
    if (i == begin) return 0;
    while (at(i) == '_' && is_letter_or_digit(at(i + 1))) i += 1 + run(i + 1, is_letter_or_digit);
    return i - begin;
  }

  std::size_t number(std::size_t begin) const {
    auto i = begin + (at(begin) == '-' || at(begin) == '+' ? 1 : 0);
    const auto first = i;
    i += run(i, is_digit);
    while ((at(i) == '.' || at(i) == ',' || at(i) == ':') && is_digit(at(i + 1))) i += 1 + run(i + 1, is_digit);
    return i == first ? 0 : i - begin;
  }

  std::size_t hyphenated(std::size_t begin) const {
    if (!is_letter_or_digit(at(begin))) return 0;
    auto i = begin + run(begin, [](char32_t c) { return is_letter_or_digit(c) || c == '.' || c == ','; });
    const auto first = i;
    while (at(i) == '-' && is_letter_or_digit(at(i + 1))) i += 1 + run(i + 1, is_letter_or_digit);
    return i == first ? 0 : i - begin;
  }

  std::size_t slashed(std::size_t begin) const {
    const auto part = [this](std::size_t from) {  // letters and digits, then up to two "-letters"
      auto i = from + run(from, is_letter_or_digit);
      for (int k = 0; k < 2 && i > from && at(i) == '-' && is_letter(at(i + 1)); ++k) i += 1 + run(i + 1, is_letter);
      return i - from;
    };
    auto i = begin + part(begin);
    const auto first = i;
    for (int k = 0; k < 2 && i > begin && at(i) == '/' && is_letter_or_digit(at(i + 1)); ++k) i += 1 + part(i + 1);
    return i == first ? 0 : i - begin;
  }

  // "e.g.", "fig.", "b." with their period.
  std::size_t dotted(std::size_t begin) const {
    auto i = begin;
    int letters = 0;
    for (; is_letter(at(i)) && at(i + 1) == '.'; i += 2) ++letters;
    if (letters > 1) return is_letter_or_digit(at(i)) ? 0 : i - begin;
    if (letters == 1) return is_letter_or_digit(at(i)) || ends_sentence(i) ? 0 : i - begin;
    const auto size = run(begin, is_letter);
    const auto name = utf8(std::u32string_view(text_).substr(begin, size));
    if (size == 0 || at(begin + size) != '.' || at(begin + size + 1) > ' ') return 0;
    if (name == "no") return is_digit(at(begin + size + 2)) ? size + 1 : 0;
    return contains(kAbbreviations, name) ? size + 1 : 0;
  }

  bool ends_sentence(std::size_t i) const {
    if (at(i) != ' ') return true;
    return contains(kSentenceWords, utf8(std::u32string_view(text_).substr(i + 1, run(i + 1, is_letter))));
  }

  void put(const std::string& token) {
    if (!contains(kMarks, token)) out_.push_back(token);
  }

  // A word and the parts split off from it: "n't", "'s", "can" "not".
  void take(std::size_t size) {
    const auto token = utf8(std::u32string_view(text_).substr(at_, size));
    const bool negated = token.size() > 1 && token.back() == 'n' && is_apostrophe(at(at_ + size)) &&
                         at(at_ + size + 1) == 't' && !is_letter_or_digit(at(at_ + size + 2));
    at_ += size;
    if (negated) {
      put(token.substr(0, token.size() - 1));
      put("n't");
      at_ += 2;
    } else if (token == "cannot") {
      put("can");
      put("not");
    } else {
      put(token);
    }
    take_clitic();
  }

  bool take_clitic() {
    if (!is_apostrophe(at(at_))) return false;
    for (const std::u32string_view ending : {U"s", U"m", U"d", U"re", U"ve", U"ll"})
      if (std::u32string_view(text_).substr(at_ + 1, ending.size()) == ending &&
          !is_letter_or_digit(at(at_ + 1 + ending.size()))) {
        put(std::string(1, '\'').append(utf8(ending)));
        at_ += 1 + ending.size();
        return true;
      }
    return false;
  }

  void take_mark() {
    if (take_clitic()) return;
    const char32_t mark = text_[at_];
    const auto same = run(at_, [mark](char32_t c) { return c == mark; });
    if (mark == '!' || mark == '?') {
      const auto size = run(at_, [](char32_t c) { return c == '!' || c == '?'; });
      put(utf8(std::u32string_view(text_).substr(at_, size)));
      at_ += size;
    } else if (mark == '-' || mark == '.' || mark == '_') {
      put(mark == '_' ? std::string(same, '_') : mark == '-' ? "-" : ".");
      at_ += same;
    } else {
      put(name_of(mark));
      ++at_;
    }
  }

  static std::string name_of(char32_t mark) {
    switch (mark) {
      case '(':
        return "-lrb-";
      case ')':
        return "-rrb-";
      case '[':
        return "-lsb-";
      case ']':
        return "-rsb-";
      case '{':
        return "-lcb-";
      case '}':
        return "-rcb-";
      case 0x2013:
      case 0x2014:
        return "--";
      case 0x2026:
        return "...";
      case 0x2018:
      case 0x2019:
        return "'";
      case '"':
      case 0x201C:
      case 0x201D:
        return "''";
      case 0x20AC:
        return "$";
      default:
        return utf8({&mark, 1});
    }
  }

  std::u32string text_;
  std::size_t at_ = 0;
  Tokens out_;
};

}  // namespace

Tokens ptb_tokens(std::string_view text) {
  auto points = code_points(collapse_white_space(lower_case(text)));
  std::erase(points, char32_t{0xAD});  // a soft hyphen
  for (std::size_t at; (at = points.find(U"&amp;")) != points.npos;) points.erase(at + 1, 4);
  return PtbScanner(std::move(points)).tokens();
}

}  // namespace llama32med
