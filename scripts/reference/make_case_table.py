#!/usr/bin/env python3
"""Writes src/metrics/case_table.cpp: Unicode lower case and case folding, as in Python's str.lower and str.casefold.

    python3 make_case_table.py > ../../src/metrics/case_table.cpp

Characters that map to one character with a common offset and step become one range; the few that map to several characters
are listed. Folding is stored as the difference from lower case. Standard library only.
"""
import platform
import sys
import unicodedata


def mappings(function, base=None):
    """{code: codes} of the characters that `function` changes (relative to `base`'s result, if given)."""
    table = {}
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code < 0xE000:
            continue
        text = chr(code)
        if function(text) != (base(text) if base else text):
            table[code] = [ord(c) for c in function(text)]
    return table


def ranges(table):
    """(first, last, step, delta) of the single-character mappings."""
    out = []
    for code, to in sorted((c, t[0]) for c, t in table.items() if len(t) == 1):
        delta = to - code
        if out:
            first, last, step, before = out[-1]
            if before == delta and code - last in ((1, 2) if first == last else (step,)):
                out[-1] = (first, code, code - last, delta)
                continue
        out.append((code, code, 1, delta))
    return out


def rows(items, per_line=4):
    for i in range(0, len(items), per_line):
        yield "    " + " ".join(items[i:i + per_line])


def print_array(kind, name, items):
    print(f"constexpr {kind} k{name}[] = {{")
    print("\n".join(rows(items)))
    print("};")


def main():
    lower = mappings(str.lower)
    fold = mappings(str.casefold, str.lower)
    print("// Made by scripts/reference/make_case_table.py (CPython %s, Unicode %s); not edited by hand."
          % (platform.python_version(), unicodedata.unidata_version))
    print('#include "metrics/case_table.h"\n\nnamespace llama32med {\nnamespace {\n\n// clang-format off')
    for name, table in (("Lower", lower), ("Fold", fold)):
        print_array("CaseRange", f"{name}Ranges", ["{0x%X, 0x%X, %d, %d}," % r for r in ranges(table)])
        several = ["{0x%X, {%s}}," % (c, ", ".join("0x%X" % t for t in to))
                   for c, to in sorted(table.items()) if len(to) > 1]
        print_array("CaseExpansion", f"{name}Expansions", several)
    print("// clang-format on\n\n}  // namespace\n")
    print("CaseTable lower_table() { return {kLowerRanges, kLowerExpansions}; }")
    print("CaseTable fold_table() { return {kFoldRanges, kFoldExpansions}; }")
    print("\n}  // namespace llama32med")


if __name__ == "__main__":
    main()
