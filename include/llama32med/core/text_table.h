// A table for the terminal: columns as wide as their widest cell, separated by two spaces.
#pragma once
#include <string>
#include <vector>

namespace llama32med {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  explicit TextTable(std::vector<Align> columns) : columns_(std::move(columns)) {}

  void add_row(std::vector<std::string> cells);  // missing cells are empty; more cells than columns fail an assert
  void add_rule();                               // a line of dashes
  std::string text() const;                      // each row ends with a newline, without trailing spaces

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
};

}  // namespace llama32med
