#include "llama32med/core/markdown_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace llama32med {
namespace {

std::size_t width_of(std::string_view text) {  // counts code points: good enough for padding
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return align == Align::kLeft ? text + blanks : blanks + text;
}

std::string cell_text(const std::string& raw) {
  std::string text;
  for (const char c : raw) {
    if (c == '|') text += '\\';
    text += c == '\n' || c == '\r' ? ' ' : c;
  }
  return text;
}

}  // namespace

void MarkdownTable::add_row(std::vector<std::string> cells) {
  assert(cells.size() <= columns_.size());
  cells.resize(columns_.size());
  for (auto& cell : cells) cell = cell_text(cell);
  rows_.push_back(std::move(cells));
}

std::string MarkdownTable::text() const {
  if (rows_.empty()) return "";
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(std::max<std::size_t>(3, width_of(columns_[c].title)));
    for (const auto& row : rows_) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string head = "|", rule = "|", body;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    head += fmt::format(" {} |", padded(columns_[c].title, widths[c], columns_[c].align));
    rule += columns_[c].align == Align::kLeft ? std::string(widths[c] + 2, '-') + "|"
                                              : std::string(widths[c] + 1, '-') + ":|";
  }
  for (const auto& row : rows_) {
    body += "|";
    for (std::size_t c = 0; c < columns_.size(); ++c)
      body += fmt::format(" {} |", padded(row[c], widths[c], columns_[c].align));
    body += "\n";
  }
  return head + "\n" + rule + "\n" + body;
}

}  // namespace llama32med
