#!/usr/bin/env python3
"""Writes src/metrics/word_table.cpp: the non-ASCII characters in \\w of Python's re (str.isalnum), as ranges.

    python3 make_word_table.py > ../../src/metrics/word_table.cpp

Standard library only.
"""
import platform
import sys
import unicodedata


def ranges():
    out = []
    for code in range(0x80, sys.maxunicode + 1):
        if not chr(code).isalnum():
            continue
        if out and out[-1][1] == code - 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    return out


def main():
    items = [f"{{0x{first:X}, 0x{last:X}}}," for first, last in ranges()]
    lines, line = [], "   "
    for item in items:
        if len(line) + 1 + len(item) > 118:
            lines.append(line)
            line = "   "
        line += " " + item
    lines.append(line)
    body = "\n".join(lines)
    print(f"""// Made by scripts/reference/make_word_table.py (CPython {platform.python_version()}, Unicode {unicodedata.unidata_version}); not edited by hand.
#include "metrics/word_table.h"

namespace llama32med {{
namespace {{

// clang-format off
constexpr WordRange kRanges[] = {{
{body}
}};
// clang-format on

}}  // namespace

std::span<const WordRange> word_ranges() {{ return kRanges; }}

}}  // namespace llama32med""")


main()
