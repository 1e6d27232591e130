// A table in GitHub-flavored Markdown, padded so that the source is readable too.
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/text_table.h"

namespace llama32med {

class MarkdownTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit MarkdownTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Escapes pipes and turns line breaks into spaces; missing cells are empty.
  void add_row(std::vector<std::string> cells);
  std::string text() const;  // ends with a newline; "" without rows

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace llama32med
