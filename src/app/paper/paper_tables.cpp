#include "app/paper/paper_tables.h"

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_table.h"

namespace llama32med {
namespace {

// Captions are scored from 0 to 1, answers in percent: the cell's tolerance says how many decimals are meaningful.
int decimals_of(const PaperCell& cell) { return cell.tolerance < 0.01 ? 4 : 2; }

// Without what separates words: "VQA-RAD" and vqa_rad are one name.
std::string bare(std::string_view name) {
  std::string letters;
  for (const char c : ascii_lower(name))
    if (c != '-' && c != '_' && c != ' ') letters += c;
  return letters;
}

std::string ours_text(const ComparedCell& compared) {
  return compared.ours ? fmt::format("{:.{}f}", compared.ours->value, decimals_of(compared.cell)) : "-";
}

std::string interval_text(const ComparedCell& compared) {
  if (!compared.ours || !compared.ours->interval95) return "-";
  return fmt::format("{:.1f} to {:.1f}", compared.ours->interval95->low, compared.ours->interval95->high);
}

std::string difference_text(const ComparedCell& compared) {
  if (!compared.ours) return "-";
  return fmt::format("{:+.{}f}", compared.ours->value - compared.target(), decimals_of(compared.cell));
}

std::string paper_text_of(const PaperCell& cell) {
  auto paper = cell.tolerance < 0.1 ? fmt::format("{}", cell.paper) : fmt::format("{:.1f}", cell.paper);
  return cell.corrected ? paper + fmt::format(" ({})", *cell.corrected) : paper;
}

const std::vector<std::string> kHeader = {"row", "column", "ours", "95 %", "paper", "difference", "verdict"};
const std::vector<Align> kAligns = {Align::kLeft,  Align::kLeft,  Align::kRight, Align::kRight,
                                    Align::kRight, Align::kRight, Align::kLeft};
constexpr std::size_t kOwnColumns = 4;  // the others compare with the paper

bool compares(const PaperOutcome& outcome) {
  return std::ranges::any_of(outcome.cells, [](const auto& compared) { return compared.cell.incomparable.empty(); });
}

// The columns of a row: all of them, or only ours where no cell is comparable.
std::vector<std::string> columns_of(std::vector<std::string> row, const PaperOutcome& outcome) {
  if (!compares(outcome)) row.resize(kOwnColumns);
  return row;
}

std::vector<std::string> cells_of(const ComparedCell& compared, const PaperOutcome& outcome) {
  const auto& cell = compared.cell;
  std::vector<std::string> row = {cell.row, column_text(compared), ours_text(compared), interval_text(compared)};
  const auto no = fmt::format("n/a: {}", cell.incomparable);
  if (cell.incomparable.empty())
    row.insert(row.end(), {paper_text_of(cell), difference_text(compared), verdict_text(compared)});
  else
    row.insert(row.end(), {no, "-", verdict_text(compared)});
  return columns_of(std::move(row), outcome);
}

// Why there is nothing to compare; "" if a cell is comparable.
std::string incomparable_text(const PaperOutcome& outcome) {
  if (outcome.cells.empty() || compares(outcome)) return "";
  return fmt::format("Paper's numbers and verdicts: n/a: {}\n", outcome.cells.front().cell.incomparable);
}

std::string p_text(const std::optional<double>& p) {
  if (!p) return "-";
  return *p < 1e-4 ? "< 0.0001" : fmt::format("{:.4f}", *p);
}

std::string comparison_line(const Comparison& comparison) {
  return fmt::format("{} - {}: {:+.2f} points ({:+.2f} to {:+.2f}), McNemar p {}, Holm {}, n {}", comparison.first,
                     comparison.second, 100 * comparison.difference, 100 * comparison.bootstrap95.low,
                     100 * comparison.bootstrap95.high, p_text(comparison.mcnemar_p), p_text(comparison.holm_p),
                     comparison.n);
}

std::string notes_of(const PaperOutcome& outcome, std::string_view mark) {
  std::string text;
  for (const auto& compared : outcome.cells)
    if (!compared.cell.note.empty())
      text += fmt::format("{}{}, {}, {}: {}\n", mark, compared.cell.table, compared.cell.row, compared.cell.column,
                          compared.cell.note);
  return text;
}

std::string list_of(const std::vector<std::string>& lines, std::string_view mark) {
  std::string text;
  for (const auto& line : lines) text += fmt::format("{}{}\n", mark, line);
  return text;
}

std::string table_markdown(const PaperOutcome& outcome, const std::string& name) {
  std::vector<MarkdownTable::Column> columns;
  for (const auto& title : columns_of(kHeader, outcome)) columns.push_back({title, kAligns[columns.size()]});
  MarkdownTable table(columns);
  for (const auto& compared : outcome.cells)
    if (compared.cell.table == name) table.add_row(cells_of(compared, outcome));
  return fmt::format("\n## {}\n\n{}", name, table.text());
}

}  // namespace

std::vector<std::string> tables_of(const PaperOutcome& outcome) {
  std::vector<std::string> tables;
  for (const auto& compared : outcome.cells)
    if (std::ranges::count(tables, compared.cell.table) == 0) tables.push_back(compared.cell.table);
  return tables;
}

std::string column_text(const ComparedCell& compared) {
  const auto& column = compared.cell.column;
  if (compared.label.empty()) return column;
  const auto blank = std::min(column.find(' '), column.size());
  if (bare(column.substr(0, blank)) == bare(compared.dataset)) return compared.label + column.substr(blank);
  return fmt::format("{} ({})", column, compared.label);
}

std::string verdict_text(const ComparedCell& compared) {
  const auto name = enum_name(compared.verdict);
  return compared.verdict == Verdict::kIncomparable ? fmt::format("{}: {}", name, compared.cell.incomparable) : name;
}

std::string cell_text(const ComparedCell& compared) {
  auto text = fmt::format("ours {}", ours_text(compared));
  if (compared.ours && compared.ours->interval95) text += fmt::format(" ({})", interval_text(compared));
  if (compared.cell.incomparable.empty()) text += fmt::format(", paper {}", paper_text_of(compared.cell));
  return fmt::format("{}, {}", text, verdict_text(compared));
}

std::string paper_tables_text(const PaperOutcome& outcome, const std::vector<std::string>& remarks) {
  const auto header = columns_of(kHeader, outcome);
  TextTable table({kAligns.begin(), kAligns.begin() + std::ssize(header)});
  table.add_row(header);
  std::string last;
  for (const auto& compared : outcome.cells) {
    if (compared.cell.table != last) {
      table.add_rule();
      table.add_row({compared.cell.table});
      last = compared.cell.table;
    }
    table.add_row(cells_of(compared, outcome));
  }
  auto text = table.text() + incomparable_text(outcome);
  for (const auto& family : outcome.families) {
    if (family.comparisons.empty()) continue;
    text += "\n" + family.family + "\n";
    for (const auto& comparison : family.comparisons) text += "  " + comparison_line(comparison) + "\n";
  }
  const auto notes = notes_of(outcome, "  ") + list_of(outcome.notices, "  ");
  if (!notes.empty()) text += "\nnotes\n" + notes;
  return text + list_of(remarks, "  ");
}

std::string paper_tables_markdown(const PaperOutcome& outcome, const PaperConfig& config) {
  auto text = "# " + config.title + "\n";
  if (const auto why = incomparable_text(outcome); !why.empty()) text += "\n" + why;
  for (const auto& name : tables_of(outcome)) text += table_markdown(outcome, name);
  for (const auto& family : outcome.families) {
    if (family.comparisons.empty()) continue;
    text += fmt::format("\n## {}\n\n{}", family.family, comparisons_markdown(family.comparisons));
  }
  return text + "\n## Notes\n\n" + notes_of(outcome, "- ") + list_of(outcome.notices, "- ") +
         list_of(config.remarks, "- ");
}

Json paper_outcome_json(const PaperOutcome& outcome) {
  Json cells = Json::array();
  for (const auto& compared : outcome.cells) {
    auto json = write_config(compared.cell);
    json["ours"] = compared.ours ? Json(compared.ours->value) : Json();
    if (compared.ours && compared.ours->interval95)
      json["interval95"] = {compared.ours->interval95->low, compared.ours->interval95->high};
    if (compared.ours && compared.cell.incomparable.empty())
      json["difference"] = compared.ours->value - compared.target();
    if (!compared.label.empty()) json["label"] = compared.label;
    json["verdict"] = verdict_text(compared);
    if (!compared.failures.empty()) json["failures"] = compared.failures;
    cells.push_back(std::move(json));
  }
  Json families = Json::array();
  for (const auto& family : outcome.families)
    families.push_back({{"family", family.family}, {"comparisons", comparisons_json(family.comparisons)}});
  return {{"schema", 1}, {"cells", cells}, {"families", families}};
}

}  // namespace llama32med
