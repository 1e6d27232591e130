#include "app/paper/junit.h"

#include "app/common/xml.h"
#include "app/paper/paper_tables.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

struct Counts {
  std::size_t tests = 0, failures = 0, skipped = 0;
};

bool is_skipped(const ComparedCell& compared) { return compared.failures.empty() && !compared.ours; }

Counts count(const std::vector<const ComparedCell*>& cells) {
  Counts counts{.tests = cells.size()};
  for (const auto* cell : cells) counts.failures += !cell->failures.empty(), counts.skipped += is_skipped(*cell);
  return counts;
}

std::string attributes(const std::string& name, const Counts& counts) {
  return fmt::format("name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\"",
                     xml_escaped(name), counts.tests, counts.failures, counts.skipped);
}

std::string test_case(const ComparedCell& compared) {
  auto text = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n", xml_escaped(compared.cell.table),
                          xml_escaped(compared.cell.row + ", " + column_text(compared)));
  if (!compared.failures.empty())
    text +=
        fmt::format("      <failure message=\"{}\" type=\"fail-on\"/>\n", xml_escaped(join(compared.failures, ", ")));
  if (is_skipped(compared))
    text += fmt::format("      <skipped message=\"{}\"/>\n", xml_escaped(verdict_text(compared)));
  return text + fmt::format("      <system-out>{}</system-out>\n    </testcase>\n", xml_escaped(cell_text(compared)));
}

std::string suite(const std::string& table, const std::vector<const ComparedCell*>& cells) {
  auto text = fmt::format("  <testsuite {}>\n", attributes(table, count(cells)));
  for (const auto* cell : cells) text += test_case(*cell);
  return text + "  </testsuite>\n";
}

}  // namespace

std::string junit_xml(const PaperOutcome& outcome, const std::string& title) {
  std::vector<const ComparedCell*> all;
  std::string suites;
  for (const auto& table : tables_of(outcome)) {
    std::vector<const ComparedCell*> cells;
    for (const auto& compared : outcome.cells)
      if (compared.cell.table == table) cells.push_back(&compared);
    suites += suite(table, cells);
    all.insert(all.end(), cells.begin(), cells.end());
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n{}</testsuites>\n",
                     attributes(title, count(all)), suites);
}

}  // namespace llama32med
