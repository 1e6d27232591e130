#include "app/common/xml.h"

#include <algorithm>
#include <utility>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

// Bytes that no XML 1.0 document may contain, not even as a reference, at the start of valid UTF-8.
std::size_t forbidden_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 && first != '\t' && first != '\n' && first != '\r') return 1;
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF") ? 3 : 0;
}

std::string escaped_byte(char byte) {
  static constexpr std::pair<char, std::string_view> kReferences[] = {
      {'&', "&amp;"},   {'<', "&lt;"},   {'>', "&gt;"},   {'"', "&quot;"},
      {'\'', "&apos;"}, {'\n', "&#10;"}, {'\r', "&#13;"}, {'\t', "&#9;"}};
  for (const auto& [raw, reference] : kReferences)
    if (raw == byte) return std::string(reference);
  return {byte};
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  const auto valid = replace_invalid_utf8(text);
  std::string escaped;
  for (std::string_view rest = valid; !rest.empty();) {
    const auto forbidden = forbidden_bytes(rest);
    escaped += forbidden > 0 ? "\xEF\xBF\xBD" : escaped_byte(rest[0]);
    rest.remove_prefix(std::max<std::size_t>(forbidden, 1));
  }
  return escaped;
}

}  // namespace llama32med
