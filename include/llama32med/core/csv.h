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

// Reads one row after the other, so that a table of any length takes the memory of its text and of one row.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::string where, char mark = ',');  // `text` must outlive the reader

  // False at the end. Empty lines are skipped. Throws Error{kData} with `where` and the line of a quote that is never
  // closed.
  bool next(CsvRow& row);

 private:
  void read_row(CsvRow& row);
  std::string read_cell();
  std::string read_quoted();

  std::string_view text_;
  std::string where_;
  char mark_, line_end_;
  std::size_t at_ = 0, line_ = 1;
};

// All rows. Throws as CsvReader does.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where, char mark = ',');

// Escapes a cell so that the parser reads it back: quoted if it contains the separator, a quote or a line break.
std::string csv_cell(std::string_view text, char mark = ',');

// Spreadsheet programs run a cell that begins with = + - @ or a control character as a formula. An apostrophe in front
// makes it text; without_apostrophe() takes it off again.
std::string text_cell(std::string_view text);
std::string without_apostrophe(std::string_view cell);

}  // namespace llama32med
