// The Unicode case tables (data: case_table.cpp, made by scripts/reference/make_case_table.py).
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace llama32med {

struct CaseRange {  // first, first + step, ..., last each map to themselves + delta
  std::uint32_t first, last, step;
  std::int32_t delta;
};

struct CaseExpansion {  // one character that becomes several; unused elements are 0
  std::uint32_t from;
  std::array<std::uint32_t, 3> to;
};

struct CaseTable {  // both sorted by code point
  std::span<const CaseRange> ranges;
  std::span<const CaseExpansion> expansions;
};

CaseTable lower_table();
CaseTable fold_table();  // only the characters whose folding differs from lower case

}  // namespace llama32med
