// Comma-separated values, RFC 4180: quotes, doubled quotes, commas and line ends inside quotes; LF or CRLF; a UTF-8
// mark at the front is dropped. As lenient as Python's csv with text behind a closing quote. Tab-separated text is the
// same with another mark.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

struct CsvRow {
  std::vector<std::string> cells;
  std::size_t line = 0;  // where it begins, from 1
};

// Empty lines are left out. Throws Error{kData} with `where` and the line of a quote that is never closed.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where, char mark = ',');

// A cell as the parser reads it back: quoted where it holds the mark, a quote or a line end.
std::string csv_cell(std::string_view text, char mark = ',');

}  // namespace llama32med
