// Comma-separated values (RFC 4180): quotes, doubled quotes, commas and line breaks inside quotes, LF or CRLF, or
// carriage returns alone if the first line ends in one. A UTF-8 byte-order mark is dropped. Text after a closing
// quote is accepted, as in Python's csv. Tab-separated text only differs in the separator.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

struct CsvRow {
  std::vector<std::string> cells;
  std::size_t line = 0;  // the row's first line, counted from 1
};

// Empty lines are skipped. Throws Error{kData} with `where` and the line of a quote that is never closed.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where, char mark = ',');

// Escapes a cell so that the parser reads it back: quoted if it contains the separator, a quote or a line break.
std::string csv_cell(std::string_view text, char mark = ',');

// Spreadsheet programs run a cell that begins with = + - @ or a control character as a formula. An apostrophe in front
// makes it text; without_apostrophe() takes it off again.
std::string text_cell(std::string_view text);
std::string without_apostrophe(std::string_view cell);

}  // namespace llama32med
