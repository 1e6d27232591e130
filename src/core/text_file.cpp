#include "llama32med/core/text_file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "llama32med/core/error.h"
#include "llama32med/core/file_kind.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

using namespace std::string_view_literals;

enum class Order { kLittle, kBig };

struct Encoding {
  std::string_view mark, name;
  std::size_t unit;  // bytes per code unit
  Order order;
};

// The mark of UTF-32 begins with that of UTF-16.
constexpr std::array kEncodings = {
    Encoding{"\xFF\xFE\0\0"sv, "UTF-32", 4, Order::kLittle},
    Encoding{"\0\0\xFE\xFF"sv, "UTF-32", 4, Order::kBig},
    Encoding{"\xFF\xFE"sv, "UTF-16", 2, Order::kLittle},
    Encoding{"\xFE\xFF"sv, "UTF-16", 2, Order::kBig},
};
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr char32_t kReplacement = 0xFFFD;

bool is_high(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

char32_t unit_at(std::string_view bytes, std::size_t at, const Encoding& encoding) {
  char32_t unit = 0;
  for (std::size_t i = 0; i < encoding.unit; ++i) {
    const auto place = encoding.order == Order::kBig ? i : encoding.unit - 1 - i;
    unit = unit << 8 | static_cast<std::uint8_t>(bytes[at + place]);
  }
  return unit;
}

// Surrogates without a partner, and points beyond Unicode, become U+FFFD.
std::string to_utf8(std::string_view bytes, const Encoding& encoding, const std::string& where) {
  if (bytes.size() % encoding.unit != 0)
    throw data_error("{}: is {} and ends within a character; it is truncated: save it again as UTF-8", where,
                     encoding.name);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += encoding.unit) {
    char32_t point = unit_at(bytes, at, encoding);
    if (encoding.unit == 2 && is_high(point) && at + 2 < bytes.size()) {
      if (const auto low = unit_at(bytes, at + 2, encoding); is_low(low)) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    append_utf8(out, is_high(point) || is_low(point) || point > 0x10FFFF ? kReplacement : point);
  }
  return out;
}

// Code points of the bytes 0x80 to 0x9F, which ISO 8859-1 leaves to control characters (WHATWG's encoding standard).
constexpr std::array<char16_t, 32> kWindowsPoints = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                     0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

std::string windows_1252_to_utf8(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    append_utf8(out, byte >= 0x80 && byte < 0xA0 ? kWindowsPoints[byte - 0x80U] : byte);
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

[[noreturn]] void throw_not_utf8(std::string_view text, const std::string& where) {
  std::size_t line = 1;
  for (auto end = text.find('\n'); end != text.npos && is_valid_utf8(text.substr(0, end)); end = text.find('\n')) {
    text.remove_prefix(end + 1);
    ++line;
  }
  throw data_error("{}:{}: contains bytes that are not UTF-8; save the file as UTF-8", where, line);
}

}  // namespace

bool is_windows_1252(std::string_view bytes) {
  const auto has_mark = [&](const Encoding& encoding) { return bytes.starts_with(encoding.mark); };
  if (bytes.find('\0') != bytes.npos || std::ranges::any_of(kEncodings, has_mark) || is_valid_utf8(bytes)) return false;
  return is_ascii(replaced(replace_invalid_utf8(bytes), "\uFFFD", ""));
}

std::string text_of_bytes(std::string bytes, const std::string& where, InvalidUtf8 invalid) {
  if (const auto* kind = file_kind(bytes)) throw data_error("{}: is {}, not text; {}", where, kind->name, kind->remedy);
  for (const auto& encoding : kEncodings)
    if (bytes.starts_with(encoding.mark))
      return to_utf8(std::string_view(bytes).substr(encoding.mark.size()), encoding, where);
  if (bytes.find('\0') != bytes.npos)
    throw data_error(
        "{}: contains zero bytes; it is not text, or it is UTF-16 without a byte-order mark: save it as UTF-8", where);
  if (bytes.starts_with(kUtf8Mark)) bytes.erase(0, kUtf8Mark.size());
  if (is_valid_utf8(bytes)) return bytes;
  if (invalid == InvalidUtf8::kWindows1252 && is_windows_1252(bytes)) return windows_1252_to_utf8(bytes);
  if (invalid != InvalidUtf8::kReplace) throw_not_utf8(bytes, where);
  return replace_invalid_utf8(bytes);
}

std::string read_text(const std::filesystem::path& file, InvalidUtf8 invalid) {
  return text_of_bytes(read_file(file), file.string(), invalid);
}

char line_end_of(std::string_view text) {
  if (text.find('\r') == text.npos || text.find("\r\n") != text.npos) return '\n';
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    quoted ^= text[i] == '"';
    if (quoted || (text[i] != '\n' && text[i] != '\r')) continue;
    return text[i];
  }
  return '\n';
}

}  // namespace llama32med
