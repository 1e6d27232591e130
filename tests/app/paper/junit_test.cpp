#include "app/paper/junit.h"

#include <gtest/gtest.h>

#include "app/common/xml.h"

namespace llama32med {
namespace {

ComparedCell cell_named(const std::string& row, const std::optional<OurNumber>& ours) {
  PaperCell cell;
  cell.table = "Table 1", cell.row = row, cell.column = "SLAKE overall", cell.run = "a/x", cell.paper = 80;
  return compare_cell(cell, ours);
}

TEST(Junit, TextIsEscaped) {
  EXPECT_EQ(xml_escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
  EXPECT_EQ(xml_escaped("x\ny\t"), "x&#10;y&#9;");
  EXPECT_EQ(xml_escaped(std::string_view("a\0b\x1b", 4)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(xml_escaped("\xEF\xBF\xBF|\xFF"), "\xEF\xBF\xBD|\xEF\xBF\xBD");  // not in XML 1.0; not UTF-8
  EXPECT_EQ(xml_escaped("\xC3\xA9\xE8\x82\xBA"), "\xC3\xA9\xE8\x82\xBA");
}

TEST(Junit, CountsFailuresAndSkips) {
  PaperOutcome outcome;
  outcome.cells = {cell_named("ours", OurNumber{80, std::nullopt}),
                   cell_named("a \"b\" <c>", OurNumber{10, std::nullopt}), cell_named("later", std::nullopt)};
  outcome.cells[1].failures = {"outside: 10, the paper has 80"};
  const auto xml = junit_xml(outcome, "t & u");
  EXPECT_NE(xml.find("<testsuites name=\"t &amp; u\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("name=\"a &quot;b&quot; &lt;c&gt;, SLAKE overall\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<failure message=\"outside: 10, the paper has 80\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<skipped message=\"not run\"/>"), std::string::npos) << xml;
}

}  // namespace
}  // namespace llama32med
