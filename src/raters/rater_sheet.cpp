#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "llama32med/core/csv.h"
#include "llama32med/core/error.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"
#include "llama32med/raters/review.h"

namespace llama32med {
namespace {

std::optional<double> verdict_of(std::string_view cell) {
  auto text = ascii_lower(trim(cell));
  std::ranges::replace(text, ',', '.');  // 0,5 with a decimal comma
  if (text == "1" || text == "1.0" || text == "y") return 1.0;
  if (text == "0.5" || text == ".5" || text == "0.50" || text == "p") return 0.5;
  if (text == "0" || text == "0.0" || text == "n") return 0.0;
  return std::nullopt;
}

// The separator is the one found in the header line.
char separator_of(std::string_view text) {
  const auto head = text.substr(0, text.find(line_end_of(text)));
  for (const char mark : {'\t', ';'})
    if (head.find(mark) != head.npos) return mark;
  return ',';
}

std::size_t column(const CsvRow& head, const std::string& name, const std::string& where) {
  for (std::size_t i = 0; i < head.cells.size(); ++i)
    if (ascii_lower(trim(head.cells[i])) == name) return i;
  throw data_error("{}: has no column \"{}\"; its header is: {}", where, name, join(head.cells, ", "));
}

struct Problems {
  std::vector<std::string> missing, doubled, unknown, empty, wrong;

  void check(const std::string& where) const {
    std::vector<std::string> parts;
    const auto say = [&](const char* what, const std::vector<std::string>& ids) {
      if (!ids.empty()) parts.push_back(fmt::format("{} ({}): {}", what, ids.size(), listed(ids)));
    };
    say("items missing", missing);
    say("duplicate items", doubled);
    say("items that are not in the exported sheet", unknown);
    say("without a verdict", empty);
    say("verdicts other than 1, 0.5, 0 or y, p, n", wrong);
    if (!parts.empty()) throw data_error("{}: {}", where, join(parts, "; "));
  }
};

std::vector<CsvRow> read_rows(const std::filesystem::path& file) {
  const auto text = read_text(file);
  auto rows = parse_csv(text, file.string(), separator_of(text));
  if (rows.empty()) throw data_error("{}: is empty", file.string());
  return rows;
}

}  // namespace

RaterSheet read_rater_sheet(const std::filesystem::path& file, const std::string& rater, const ReviewSheet& key) {
  const auto where = file.string();
  const auto rows = read_rows(file);
  const auto id_column = column(rows[0], "item_id", where), verdict_column = column(rows[0], "verdict", where);
  const auto cell = [](const CsvRow& row, std::size_t i) { return i < row.cells.size() ? row.cells[i] : ""; };
  std::map<std::string, bool> expected;  // id -> seen
  for (const auto& row : key.rows) expected[row.item.id] = false;
  RaterSheet sheet{.rater = rater};
  Problems problems;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto id = without_apostrophe(trim(cell(rows[i], id_column)));
    const auto text = cell(rows[i], verdict_column);
    if (id.empty() && trim(join(rows[i].cells, "")).empty()) continue;  // an empty row
    const auto found = expected.find(id);
    if (found == expected.end()) {
      problems.unknown.push_back(id.empty() ? fmt::format("line {}", rows[i].line) : id);
      continue;
    }
    if (std::exchange(found->second, true)) problems.doubled.push_back(id);
    if (const auto verdict = verdict_of(text))
      sheet.verdicts[id] = *verdict;
    else if (trim(text).empty())
      problems.empty.push_back(id);
    else
      problems.wrong.push_back(fmt::format("{} (\"{}\")", id, trim(text)));
    const auto comment = std::ranges::find(rows[0].cells, "comment") - rows[0].cells.begin();
    if (const auto said = cell(rows[i], static_cast<std::size_t>(comment)); !trim(said).empty())
      sheet.comments[id] = said;
  }
  for (const auto& row : key.rows)
    if (!expected[row.item.id]) problems.missing.push_back(row.item.id);
  problems.check(where);
  return sheet;
}

}  // namespace llama32med
