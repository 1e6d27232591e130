// CSV and TSV as spreadsheets write them.
#include <algorithm>
#include <array>

#include "data/import/sources.h"
#include "llama32med/core/csv.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSeparators = ",;\t|";

char named_separator(const std::string& name) {
  struct Word {
    std::string_view name;
    char mark;
  };
  static constexpr std::array kWords = {Word{"tab", '\t'},      Word{"\\t", '\t'}, Word{"comma", ','},
                                        Word{"semicolon", ';'}, Word{"pipe", '|'}, Word{"space", ' '}};
  for (const auto& word : kWords)
    if (word.name == name) return word.mark;
  if (name.size() == 1 && name.find_first_of("\"\r\n") == name.npos) return name[0];
  throw usage_error("--separator \"{}\": give one character, or comma, semicolon, tab, pipe or space", name);
}

// Excel's first line "sep=;" says the separator.
char take_separator_line(std::string_view& text) {
  const auto end = text.find_first_of("\r\n");
  const auto line = text.substr(0, end);
  if (!starts_with_ignoring_case(line, "sep=") || line.size() != 5 || end == text.npos) return '\0';
  text.remove_prefix(end);
  return line[4];
}

struct Fit {
  std::size_t rows = 0, cells = 0;  // rows with as many cells as the first one; those cells
  auto operator<=>(const Fit&) const = default;
};

// How well the first rows are a table with this separator.
Fit fit_of(std::string_view text, char mark, const std::string& where) {
  constexpr std::size_t kRows = 50;
  CsvReader reader(text, where, mark);
  CsvRow row;
  Fit fit;
  try {
    for (std::size_t i = 0; i < kRows && reader.next(row); ++i) {
      if (i == 0) fit.cells = row.cells.size();
      fit.rows += row.cells.size() == fit.cells;
    }
  } catch (const Error&) {
    return {};  // a quote that this separator opens and never closes
  }
  return fit.cells > 1 ? fit : Fit{};
}

char detected_separator(std::string_view text, const std::string& where) {
  char best = kSeparators[0];
  Fit most;
  for (const char mark : kSeparators)
    if (const auto fit = fit_of(text, mark, where); fit > most) best = mark, most = fit;
  return best;
}

class TableSource final : public ImportSource {
 public:
  TableSource(fs::path file, const ImportOptions& options) : file_(std::move(file)) {
    auto bytes = read_file(file_);
    if (is_windows_1252(bytes)) note_ = "read as Windows-1252, since it is not UTF-8";
    whole_ = text_of_bytes(std::move(bytes), file_.string(), InvalidUtf8::kWindows1252);
    text_ = whole_;
    const char said = take_separator_line(text_);
    mark_ = !options.separator.empty() ? named_separator(options.separator)
            : said != '\0'             ? said
                                       : detected_separator(text_, file_.string());
    CsvRow row;
    CsvReader reader(text_, file_.string(), mark_);
    if (!reader.next(row)) throw data_error("{}: is empty; the first line must name its columns", file_.string());
    columns_ = std::move(row.cells);
    check_columns();
  }

  std::vector<std::string> columns() const override { return columns_; }
  fs::path path() const override { return file_; }
  std::string note() const override { return note_; }

  void for_each_row(const TakeRow& take) const override {
    CsvReader reader(text_, file_.string(), mark_);
    CsvRow cells;
    reader.next(cells);  // the header
    while (reader.next(cells))
      if (std::ranges::any_of(cells.cells, [](const auto& cell) { return !trim(cell).empty(); })) take(row_of(cells));
  }

 private:
  void check_columns() {
    for (auto& column : columns_) column = trim(column);
    while (!columns_.empty() && columns_.back().empty()) columns_.pop_back();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].empty()) columns_[i] = fmt::format("column {}", i + 1);  // the row numbers of pandas
    for (auto column = columns_.begin(); column != columns_.end(); ++column)
      if (std::find(columns_.begin(), column, *column) != column)
        throw data_error("{}: two columns have the name \"{}\"; rename one of them", file_.string(), *column);
  }

  ImportRow row_of(CsvRow& cells) const {
    ImportRow row{.where = fmt::format("{}:{}", file_.filename().string(), cells.line), .base = file_.parent_path()};
    while (cells.cells.size() > columns_.size() && trim(cells.cells.back()).empty()) cells.cells.pop_back();
    if (cells.cells.size() > columns_.size()) {
      row.left_out = "more cells than columns";
      row.left_out_what = fmt::format("{} cells for {} columns; a cell with a separator needs quotes",
                                      cells.cells.size(), columns_.size());
      return row;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i)  // programs leave out empty cells at the end
      row.values.emplace(columns_[i], i < cells.cells.size() ? std::move(cells.cells[i]) : std::string());
    return row;
  }

  fs::path file_;
  std::string whole_, note_;
  std::string_view text_;
  std::vector<std::string> columns_;
  char mark_ = ',';
};

}  // namespace

ImportSources open_table(const fs::path& file, const ImportOptions& options) {
  ImportSources sources;
  sources.push_back(std::make_unique<TableSource>(file, options));
  return sources;
}

}  // namespace llama32med
