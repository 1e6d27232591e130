#include "llama32med/core/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/core/text_file.h"

namespace llama32med {

CsvReader::CsvReader(std::string_view text, std::string where, char mark)
    : text_(text), where_(std::move(where)), mark_(mark) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  line_end_ = line_end_of(text_);
}

bool CsvReader::next(CsvRow& row) {
  while (at_ < text_.size()) {
    read_row(row);
    if (row.cells.size() > 1 || !row.cells[0].empty()) return true;
  }
  return false;
}

void CsvReader::read_row(CsvRow& row) {
  row.cells.clear();
  row.line = line_;
  for (;;) {
    row.cells.push_back(read_cell());
    if (at_ == text_.size()) return;
    if (text_[at_++] == mark_) continue;
    ++line_;  // read_cell stops only at separators and line ends
    return;
  }
}

std::string CsvReader::read_cell() {
  std::string cell;
  if (at_ < text_.size() && text_[at_] == '"') cell = read_quoted();
  const auto quoted = cell.size();  // a carriage return inside quotes is text
  while (at_ < text_.size() && text_[at_] != mark_ && text_[at_] != line_end_) cell.push_back(text_[at_++]);
  if (at_ < text_.size() && text_[at_] == '\n' && cell.size() > quoted && cell.ends_with('\r')) cell.pop_back();
  return cell;
}

std::string CsvReader::read_quoted() {
  const auto begin_line = line_;
  std::string cell;
  for (++at_;;) {
    const auto quote = text_.find('"', at_);
    if (quote == text_.npos)
      throw data_error("{}:{}: a quote is opened but never closed; write a quote inside a cell twice", where_,
                       begin_line);
    cell.append(text_, at_, quote - at_);
    at_ = quote + 1;
    if (at_ >= text_.size() || text_[at_] != '"') break;
    cell.push_back('"');
    ++at_;
  }
  line_ += static_cast<std::size_t>(std::count(cell.begin(), cell.end(), '\n'));
  return cell;
}

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where, char mark) {
  std::vector<CsvRow> rows;
  CsvReader reader(text, where, mark);
  for (CsvRow row; reader.next(row);) rows.push_back(std::move(row));
  return rows;
}

namespace {
bool is_formula(std::string_view text) { return text.find_first_of("=+-@\t\r\n") == 0; }
}  // namespace

std::string text_cell(std::string_view text) { return is_formula(text) ? fmt::format("'{}", text) : std::string(text); }

std::string without_apostrophe(std::string_view cell) {
  return std::string(cell.starts_with("'") && is_formula(cell.substr(1)) ? cell.substr(1) : cell);
}

std::string csv_cell(std::string_view text, char mark) {
  if (text.find_first_of("\"\r\n") == text.npos && text.find(mark) == text.npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell.push_back('"');
    cell.push_back(c);
  }
  return cell + '"';
}

}  // namespace llama32med
