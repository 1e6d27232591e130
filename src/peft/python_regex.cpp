#include "peft/python_regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace llama32med {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return std::string_view(" \t\n\r\v\f").find(c) != std::string_view::npos; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

enum class Place { kOutside, kInClass };

// Escapes with a letter, by where they may stand, and what PCRE2 calls them.
struct LetterEscape {
  char letter;
  const char* outside;  // null: not there
  const char* in_class;
};
constexpr std::array kLetterEscapes = {
    LetterEscape{'a', "\\a", "\\a"},       LetterEscape{'A', "\\A", nullptr}, LetterEscape{'b', "\\b", "\\x{8}"},
    LetterEscape{'B', "\\B", nullptr},     LetterEscape{'d', "\\d", "\\d"},   LetterEscape{'D', "\\D", "\\D"},
    LetterEscape{'f', "\\f", "\\f"},       LetterEscape{'n', "\\n", "\\n"},   LetterEscape{'r', "\\r", "\\r"},
    LetterEscape{'s', "\\s", "\\s"},       LetterEscape{'S', "\\S", "\\S"},   LetterEscape{'t', "\\t", "\\t"},
    LetterEscape{'v', "\\x{b}", "\\x{b}"}, LetterEscape{'w', "\\w", "\\w"},   LetterEscape{'W', "\\W", "\\W"},
    LetterEscape{'Z', "\\z", nullptr},
};

struct HexEscape {
  char letter;
  std::size_t digits;
};
constexpr std::array kHexEscapes = {HexEscape{'x', 2}, HexEscape{'u', 4}, HexEscape{'U', 8}};

// Groups that begin the same in both.
constexpr std::array<std::string_view, 6> kSameGroups = {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"};

class Translation {
 public:
  explicit Translation(std::string_view python) : rest_(python) {}

  std::string run() {
    while (take_comment() || take_global_flags()) continue;
    while (!rest_.empty()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = rest_.front();
    if (c == '\\')
      take_escape(Place::kOutside);
    else if (c == '[')
      take_class();
    else if (c == '(')
      take_group();
    else if (c == '{')
      take_repeat();
    else if (verbose_ && (is_space(c) || c == '#'))
      skip(c == '#' ? std::min(rest_.find('\n'), rest_.size()) : 1);
    else
      copy(1);
  }

  void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }
  void copy(std::size_t count) {
    out_ += rest_.substr(0, count);
    skip(count);
  }
  void replace(std::size_t count, std::string_view by) {
    out_ += by;
    skip(count);
  }
  char at(std::size_t i) const { return i < rest_.size() ? rest_[i] : '\0'; }

  template <class Test>
  std::size_t run_of(std::size_t begin, Test test) const {  // length of the run of such characters
    auto end = begin;
    while (end < rest_.size() && test(rest_[end])) ++end;
    return end - begin;
  }

  [[noreturn]] static void refuse(const std::string& what) { throw PythonRegexError(what); }

  // ---- escapes -----------------------------------------------------------------------------------------------------

  void take_escape(Place place) {
    const char c = at(1);
    if (rest_.size() < 2) refuse("ends with a backslash");
    if (is_digit(c)) return take_number(place);
    const auto hex = std::ranges::find(kHexEscapes, c, &HexEscape::letter);
    if (hex != kHexEscapes.end()) return take_hex(hex->digits);
    if (!is_letter(c)) return static_cast<signed char>(c) < 0 ? skip(1) : copy(2);  // \é is é
    const auto known = std::ranges::find(kLetterEscapes, c, &LetterEscape::letter);
    const auto* meaning = known == kLetterEscapes.end() ? nullptr
                          : place == Place::kInClass    ? known->in_class
                                                        : known->outside;
    if (!meaning) refuse(fmt::format("contains \\{}, which Python does not know there", c));
    replace(2, meaning);
  }

  void take_hex(std::size_t digits) {
    const auto text = rest_.substr(2, digits);
    if (text.size() < digits || !std::ranges::all_of(text, is_hex))
      refuse(fmt::format("contains {}, which needs {} hexadecimal digits", rest_.substr(0, 2), digits));
    replace(2 + digits, fmt::format("\\x{{{}}}", text));
  }

  // \0, \012 and \123 are octal, \1 to \99 are references to groups; in a class all are octal.
  void take_number(Place place) {
    const auto octals = std::min<std::size_t>(run_of(1, is_octal), 3);
    if (place == Place::kInClass || at(1) == '0' || octals == 3) {
      if (octals == 0) refuse(fmt::format("contains \\{} in a class", at(1)));
      return replace(1 + octals, fmt::format("\\o{{{}}}", rest_.substr(1, octals)));
    }
    const auto digits = std::min<std::size_t>(run_of(1, is_digit), 2);
    replace(1 + digits, fmt::format("\\g{{{}}}", rest_.substr(1, digits)));
  }

  // ---- classes, groups, repeats ------------------------------------------------------------------------------------

  void take_class() {
    copy(at(1) == '^' ? 2 : 1);
    if (at(0) == ']') replace(1, "\\]");
    while (at(0) != ']') {
      if (rest_.empty()) refuse("contains a class without its closing ]");
      if (at(0) == '\\')
        take_escape(Place::kInClass);
      else if (at(0) == '[')
        replace(1, "\\[");
      else
        copy(1);
    }
    copy(1);
  }

  void take_group() {
    if (at(1) == '*') refuse("contains (*, where nothing can be repeated");
    if (at(1) != '?') return copy(1);
    const auto same = std::ranges::find_if(kSameGroups, [&](auto begin) { return rest_.starts_with(begin); });
    if (same != kSameGroups.end()) return copy(same->size());
    if (rest_.starts_with("(?P<")) return copy(1 + name_ending_with('>', 4));
    if (rest_.starts_with("(?P=")) return copy(1 + name_ending_with(')', 4));
    if (take_comment()) return;
    if (rest_.starts_with("(?(")) return take_condition();
    take_scoped_flags();
  }

  bool take_comment() {
    if (!rest_.starts_with("(?#")) return false;
    const auto end = rest_.find(')');
    if (end == rest_.npos) refuse("contains a comment without its closing )");
    skip(end + 1);
    return true;
  }

  std::size_t name_ending_with(char mark, std::size_t begin) const {  // where the mark is
    const auto length = run_of(begin, is_word);
    if (length == 0 || at(begin + length) != mark) refuse("contains a group whose name is not a word");
    return begin + length;
  }

  void take_condition() {
    const auto end = name_ending_with(')', 3);
    const auto group = rest_.substr(3, end - 3);
    replace(end + 1,
            std::ranges::all_of(group, is_digit) ? fmt::format("(?({})", group) : fmt::format("(?(<{}>)", group));
  }

  struct Flags {
    std::string on, off;
    std::size_t end;  // where the character after them is
  };

  Flags read_flags() const {
    const auto on = run_of(2, is_letter);
    const auto off = at(2 + on) == '-' ? run_of(3 + on, is_letter) : 0;
    Flags flags{std::string(rest_.substr(2, on)), std::string(rest_.substr(std::min(3 + on, rest_.size()), off)),
                2 + on + (at(2 + on) == '-' ? 1 + off : 0)};
    if (flags.on.find_first_not_of("aimsux") != std::string::npos ||
        flags.off.find_first_not_of("imsx") != std::string::npos || flags.end == 2 || at(flags.end - 1) == '-')
      refuse(fmt::format("contains {}, which Python does not know", rest_.substr(0, 3)));
    std::erase_if(flags.on, [](char flag) { return flag == 'a' || flag == 'u'; });  // names are ASCII
    return flags;
  }

  // (?i) at the start of the whole expression, the only place where Python 3.11 allows it.
  bool take_global_flags() {
    if (!rest_.starts_with("(?") || !is_letter(at(2)) || at(2) == 'P') return false;
    const auto flags = read_flags();
    if (at(flags.end) != ')' || !flags.off.empty()) return false;
    auto kept = flags.on;
    verbose_ = verbose_ || std::erase(kept, 'x') > 0;
    replace(flags.end + 1, kept.empty() ? "" : "(?" + kept + ")");
    return true;
  }

  void take_scoped_flags() {
    const auto flags = read_flags();
    if (at(flags.end) == ')')
      refuse(fmt::format("contains {} after its start, which Python 3.11 and newer reject",
                         rest_.substr(0, flags.end + 1)));
    if (at(flags.end) != ':') refuse(fmt::format("contains {}, which Python does not know", rest_.substr(0, 3)));
    if ((flags.on + flags.off).find('x') != std::string::npos)
      refuse("turns the verbose flag x on or off for a group, which is not supported");
    replace(flags.end + 1, fmt::format("(?{}{}{}:", flags.on, flags.off.empty() ? "" : "-", flags.off));
  }

  // {n}, {n,}, {,m} and {n,m}; other braces stand for themselves.
  void take_repeat() {
    const auto low = run_of(1, is_digit);
    const bool comma = at(1 + low) == ',';
    const auto high = comma ? run_of(2 + low, is_digit) : 0;
    const auto end = 1 + low + (comma ? 1 + high : 0);
    if (at(end) != '}' || (low == 0 && !comma)) return replace(1, "\\{");
    const auto least = low == 0 ? std::string_view("0") : rest_.substr(1, low);
    replace(end + 1, fmt::format("{{{}{}{}}}", least, comma ? "," : "", rest_.substr(std::min(2 + low, end), high)));
  }

  std::string_view rest_;
  std::string out_;
  bool verbose_ = false;  // white space and comments do not count
};

}  // namespace

std::string pcre2_syntax(std::string_view python) { return Translation(python).run(); }

}  // namespace llama32med
