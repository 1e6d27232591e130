#include "llama32med/metrics/unicode.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/code_points.h"
#include "metrics/case_table.h"
#include "metrics/nfkc.h"

namespace llama32med {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t bytes;
};

// The first character of valid, nonempty UTF-8.
Character first_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (at(i) & 0x3F);
  return {code, bytes};
}

// Appends the table's mapping of the character; false if it has none.
bool append_mapped(std::string& out, std::uint32_t code, const CaseTable& table) {
  const auto range = std::lower_bound(table.ranges.begin(), table.ranges.end(), code,
                                      [](const CaseRange& r, std::uint32_t c) { return r.last < c; });
  if (range != table.ranges.end() && range->first <= code && (code - range->first) % range->step == 0) {
    append_utf8(out, code + static_cast<std::uint32_t>(range->delta));
    return true;
  }
  const auto several = std::lower_bound(table.expansions.begin(), table.expansions.end(), code,
                                        [](const CaseExpansion& e, std::uint32_t c) { return e.from < c; });
  if (several == table.expansions.end() || several->from != code) return false;
  for (const std::uint32_t to : several->to)
    if (to != 0) append_utf8(out, to);
  return true;
}

enum class CaseRule { kLower, kFold };

std::string map_case(std::string_view text, CaseRule rule) {
  if (is_ascii(text)) return ascii_lower(text);
  const std::string valid = replace_invalid_utf8(text);
  std::string out;
  for (std::string_view rest = valid; !rest.empty();) {
    const auto [code, bytes] = first_character(rest);
    rest.remove_prefix(bytes);
    if (rule == CaseRule::kFold && append_mapped(out, code, fold_table())) continue;
    if (!append_mapped(out, code, lower_table())) append_utf8(out, code);
  }
  return out;
}

bool is_white_space(std::uint32_t code) {
  if (code <= 0x20) return code == 0x20 || (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x1F);
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

// A quick test: true for every byte that begins a white-space character, and few others.
bool may_be_white_space(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0xC2;
}

// Length in bytes of the white-space character at the start of `text`, or 0. Invalid UTF-8 is not white space.
std::size_t white_space_at_front(std::string_view text) {
  static constexpr std::size_t kLongest = 3;  // in bytes, of a white-space character
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : 3;
  if (lead >= 0xF0 || bytes > std::min(kLongest, text.size()) || !is_valid_utf8(text.substr(0, bytes))) return 0;
  return is_white_space(first_character(text).code) ? bytes : 0;
}

// The zeros of all scripts (general category Nd, Unicode 14): each is followed by its nine other digits.
constexpr std::uint32_t kZeros[] = {
    0x30,    0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,
    0xCE6,   0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,  0x1946,
    0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,  0xA900,  0xA9D0,
    0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
    0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60,
    0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

bool is_decimal_digit(std::uint32_t code) {
  if (code < 0x80) return code >= '0' && code <= '9';
  const auto* const behind = std::upper_bound(std::begin(kZeros), std::end(kZeros), code);
  return code - behind[-1] < 10;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool digit_at_front(std::string_view text) { return !text.empty() && is_decimal_digit(first_character(text).code); }

bool digit_at_back(std::string_view text) {
  if (text.empty()) return false;
  std::size_t begin = text.size() - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return digit_at_front(text.substr(begin));
}

std::size_t count_characters(std::string_view text) { return is_ascii(text) ? text.size() : code_points(text).size(); }

std::string nfkc(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  return sentencepiece_nfkc(replace_invalid_utf8(text));
}

std::string lower_case(std::string_view text) { return map_case(text, CaseRule::kLower); }
std::string case_fold(std::string_view text) { return map_case(text, CaseRule::kFold); }

std::string_view trim_white_space(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = white_space_at_front(text);
    if (bytes == 0) break;
    text.remove_prefix(bytes);
  }
  for (bool found = true; found && !text.empty();) {
    found = false;
    for (std::size_t bytes = 1; bytes <= std::min<std::size_t>(3, text.size()) && !found; ++bytes)
      if (white_space_at_front(text.substr(text.size() - bytes)) == bytes) text.remove_suffix(bytes), found = true;
  }
  return text;
}

std::string collapse_white_space(std::string_view text) {
  std::string out;
  text = trim_white_space(text);
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto bytes = may_be_white_space(text[i]) ? white_space_at_front(text.substr(i)) : 0;
    if (bytes == 0)
      out.push_back(text[i]);
    else if (out.back() != ' ')
      out.push_back(' ');  // trimmed before: a run is never at the start
    i += std::max<std::size_t>(bytes, 1);
  }
  return out;
}

std::vector<std::string_view> white_space_words(std::string_view text) {
  std::vector<std::string_view> words;
  words.reserve(text.size() / 4 + 1);
  std::size_t begin = 0, i = 0;
  const auto end_word = [&] {
    if (i > begin) words.push_back(text.substr(begin, i - begin));
  };
  while (i < text.size()) {
    const auto bytes = may_be_white_space(text[i]) ? white_space_at_front(text.substr(i)) : 0;
    if (bytes == 0) {
      ++i;
      continue;
    }
    end_word();
    begin = i += bytes;
  }
  end_word();
  return words;
}

namespace {

std::string hash_tables() {
  // All blocks with characters that NFKC or case mapping may change, except the caseless CJK and Hangul blocks.
  static constexpr std::uint32_t kBlocks[][2] = {{0x80, 0x33FF},     {0xA640, 0xABFF},   {0xF900, 0xFFEF},
                                                 {0x10400, 0x105FF}, {0x10C80, 0x10CFF}, {0x1D400, 0x1D7FF}};
  Sha256 sum;
  for (const auto& [first, last] : kBlocks) {
    for (std::uint32_t code = first; code <= last; ++code) {
      std::string character;
      append_utf8(character, code);
      sum.add(nfkc(character) + '\n' + lower_case(character) + '\n' + case_fold(character) + '\n');
    }
  }
  return sum.hex();
}

}  // namespace

std::string unicode_tables_sha256() {
  static const std::string sum = hash_tables();
  return sum;
}

}  // namespace llama32med
