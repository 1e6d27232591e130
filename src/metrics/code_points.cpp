#include "llama32med/metrics/code_points.h"

#include <algorithm>
#include <cstdint>

#include "llama32med/core/strings.h"
#include "metrics/word_table.h"

namespace llama32med {

std::u32string code_points(std::string_view text) {
  std::u32string out;
  const auto valid = replace_invalid_utf8(text);
  for (std::size_t i = 0; i < valid.size();) {
    const auto lead = static_cast<unsigned char>(valid[i++]);
    const int more = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    char32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
    for (int k = 0; k < more; ++k) point = point << 6 | (static_cast<unsigned char>(valid[i++]) & 0x3F);
    out.push_back(point);
  }
  return out;
}

std::string utf8(std::u32string_view points) {
  std::string out;
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  for (const char32_t point : points) {
    if (point < 0x80) {
      put(point);
      continue;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    put((more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0) | point >> (6 * more));
    for (int k = more - 1; k >= 0; --k) put(0x80 | (point >> (6 * k) & 0x3F));
  }
  return out;
}

bool is_word_letter(char32_t point) {
  if (point < 0x80)
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9');
  const auto ranges = word_ranges();
  const auto range = std::ranges::lower_bound(ranges, static_cast<std::uint32_t>(point), {},
                                              [](const WordRange& r) { return r.last; });
  return range != ranges.end() && range->first <= point;
}

}  // namespace llama32med
