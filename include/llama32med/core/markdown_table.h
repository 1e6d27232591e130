// A table in Markdown (the pipes of GitHub's dialect), padded so that the source reads as a table too.
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

  // Pipes in cells are escaped, line ends become blanks; missing cells are empty.
  void add_row(std::vector<std::string> cells);
  std::string text() const;  // ends with a line end; "" without rows

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace llama32med
