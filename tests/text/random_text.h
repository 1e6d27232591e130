// Random strings that are hard for tokenizers, the same on every machine.
#pragma once
#include <array>
#include <cstdlib>
#include <string>

#include "llama32med/core/random.h"

namespace llama32med::test {

inline void append_utf8(std::string& text, std::uint32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
  } else if (point < 0x10000) {
    text += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
             static_cast<char>(0x80 | (point & 0x3F))};
  } else {
    text += {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
             static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
  }
}

// 0 to 40 letters, digits, spaces, newlines, contractions, special tokens or arbitrary characters.
inline std::string random_text(RandomStream& random) {
  static constexpr std::array kParts = {"'s",
                                        "'LL",
                                        "\n\n",
                                        "  ",
                                        "\r\n",
                                        " the",
                                        "ing",
                                        "<|eot_id|>",
                                        "<|image|>",
                                        "\xE2\x96\x81",
                                        "\xF0\x9F\xA9\xBB",
                                        "<0x41>",
                                        "<unk>",
                                        "T2*",
                                        "\xE2\x80\x99t"};
  std::string text;
  for (auto count = random.below(41); count > 0; --count) {
    const auto kind = random.below(10);
    if (kind < 3) {
      append_utf8(text, static_cast<std::uint32_t>(0x20 + random.below(95)));
    } else if (kind < 5) {
      append_utf8(text, static_cast<std::uint32_t>(random.below(0x500)));
    } else if (kind < 7) {
      text += kParts[random.below(kParts.size())];
    } else if (kind < 8) {
      auto point = static_cast<std::uint32_t>(random.below(0x110000 - 0x800));
      append_utf8(text, point < 0xD800 ? point : point + 0x800);  // no surrogates
    } else {
      text += std::string(1 + random.below(4), static_cast<char>(" \t\na1"[random.below(5)]));
    }
  }
  return text;
}

// Number of strings in the round trips: a few thousand, or LLAMA32MED_ROUND_TRIPS.
inline std::int64_t round_trips() {
  const char* count = std::getenv("LLAMA32MED_ROUND_TRIPS");
  return count ? std::atoll(count) : 3000;
}

}  // namespace llama32med::test
