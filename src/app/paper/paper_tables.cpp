#include "app/paper/paper_tables.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/text_table.h"

namespace llama32med {
namespace {

// Captions are scored from 0 to 1, answers in percent: the cell's tolerance says how many decimals are meaningful.
int decimals_of(const PaperCell& cell) { return cell.tolerance < 0.01 ? 4 : 2; }

std::vector<std::string> cells_of(const ComparedCell& compared) {
  const auto& cell = compared.cell;
  const int decimals = decimals_of(cell);
  std::string ours = "-", interval = "-", difference = "-";
  if (compared.ours) {
    ours = fmt::format("{:.{}f}", compared.ours->value, decimals);
    difference = fmt::format("{:+.{}f}", compared.ours->value - compared.target(), decimals);
    if (compared.ours->interval95)
      interval = fmt::format("{:.1f} to {:.1f}", compared.ours->interval95->low, compared.ours->interval95->high);
  }
  auto paper = cell.tolerance < 0.1 ? fmt::format("{}", cell.paper) : fmt::format("{:.1f}", cell.paper);
  if (cell.corrected) paper += fmt::format(" ({})", *cell.corrected);
  return {cell.row, cell.column, ours, interval, paper, difference, enum_name(compared.verdict)};
}

const std::vector<std::string> kHeader = {"row", "column", "ours", "95 %", "paper", "difference", "verdict"};

std::vector<std::string> tables_of(const PaperOutcome& outcome) {
  std::vector<std::string> tables;
  for (const auto& compared : outcome.cells)
    if (tables.empty() || tables.back() != compared.cell.table) tables.push_back(compared.cell.table);
  return tables;
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

}  // namespace

std::string paper_tables_text(const PaperOutcome& outcome, const std::vector<std::string>& remarks) {
  TextTable table(
      {Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kLeft});
  table.add_row(kHeader);
  std::string last;
  for (const auto& compared : outcome.cells) {
    if (compared.cell.table != last) {
      table.add_rule();
      table.add_row({compared.cell.table});
      last = compared.cell.table;
    }
    table.add_row(cells_of(compared));
  }
  auto text = table.text();
  for (const auto& family : outcome.families) {
    if (family.comparisons.empty()) continue;
    text += "\n" + family.family + "\n";
    for (const auto& comparison : family.comparisons) text += "  " + comparison_line(comparison) + "\n";
  }
  const auto notes = notes_of(outcome, "  ");
  if (!notes.empty()) text += "\nnotes\n" + notes;
  for (const auto& remark : remarks) text += "  " + remark + "\n";
  return text;
}

std::string paper_tables_markdown(const PaperOutcome& outcome, const PaperConfig& config) {
  auto text = "# " + config.title + "\n";
  for (const auto& name : tables_of(outcome)) {
    text += fmt::format("\n## {}\n\n| {} |\n|---|---|--:|--:|--:|--:|---|\n", name, join(kHeader, " | "));
    for (const auto& compared : outcome.cells)
      if (compared.cell.table == name) text += "| " + join(cells_of(compared), " | ") + " |\n";
  }
  for (const auto& family : outcome.families) {
    if (family.comparisons.empty()) continue;
    text += fmt::format("\n## {}\n\n{}", family.family, comparisons_markdown(family.comparisons));
  }
  text += "\n## Notes\n\n" + notes_of(outcome, "- ");
  for (const auto& remark : config.remarks) text += "- " + remark + "\n";
  return text;
}

Json paper_outcome_json(const PaperOutcome& outcome) {
  Json cells = Json::array();
  for (const auto& compared : outcome.cells) {
    auto json = write_config(compared.cell);
    json["ours"] = compared.ours ? Json(compared.ours->value) : Json();
    if (compared.ours && compared.ours->interval95)
      json["interval95"] = {compared.ours->interval95->low, compared.ours->interval95->high};
    if (compared.ours) json["difference"] = compared.ours->value - compared.target();
    json["verdict"] = enum_name(compared.verdict);
    cells.push_back(std::move(json));
  }
  Json families = Json::array();
  for (const auto& family : outcome.families)
    families.push_back({{"family", family.family}, {"comparisons", comparisons_json(family.comparisons)}});
  return {{"schema", 1}, {"cells", cells}, {"families", families}};
}

}  // namespace llama32med
