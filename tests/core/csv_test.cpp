#include "llama32med/core/csv.h"

#include <gmock/gmock.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

using ::testing::ElementsAre;

TEST(Csv, QuotesCommasAndLineEnds) {
  const auto rows = parse_csv("\xEF\xBB\xBFID,Caption\r\na,\"one, \"\"two\"\"\nthree\"\r\n\r\nb,größe\nc,", "x.csv");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0].cells, ElementsAre("ID", "Caption"));
  EXPECT_THAT(rows[1].cells, ElementsAre("a", "one, \"two\"\nthree"));
  EXPECT_THAT(rows[2].cells, ElementsAre("b", "größe"));
  EXPECT_THAT(rows[3].cells, ElementsAre("c", ""));
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[2].line, 5u);  // after a quoted line break and an empty line
}

TEST(Csv, TheReaderGivesTheSameRowsOneByOne) {
  const std::string text = "a;b\n\n\"1;\n\";2\r\n";
  CsvReader reader(text, "x.csv", ';');
  CsvRow row;
  ASSERT_TRUE(reader.next(row));
  EXPECT_THAT(row.cells, ElementsAre("a", "b"));
  ASSERT_TRUE(reader.next(row));
  EXPECT_THAT(row.cells, ElementsAre("1;\n", "2"));
  EXPECT_EQ(row.line, 3u);
  EXPECT_FALSE(reader.next(row));
  EXPECT_FALSE(reader.next(row));
}

TEST(Csv, TextAfterAClosingQuoteIsKept) {
  EXPECT_THAT(parse_csv("\"a\"b,c\"d\"\n", "x.csv")[0].cells, ElementsAre("ab", "c\"d\""));
}

TEST(Csv, EmptyLinesAreNoRows) { EXPECT_TRUE(parse_csv("\n\r\n", "x.csv").empty()); }

TEST(Csv, CellsAreReadBackAsTheyWere) {
  const std::vector<std::string> cells = {"plain", "a,b", "say \"no\"", "two\nlines", "tab\there", ""};
  for (const char mark : {',', '\t'}) {
    std::string line;
    for (const auto& cell : cells) line += csv_cell(cell, mark) + mark;
    EXPECT_EQ(parse_csv(line + "end\n", "x.csv", mark)[0].cells,
              (std::vector<std::string>{"plain", "a,b", "say \"no\"", "two\nlines", "tab\there", "", "end"}));
  }
  EXPECT_EQ(csv_cell("a,b", '\t'), "a,b");
}

TEST(Csv, CarriageReturnsInsideQuotesAreText) {
  const auto rows = parse_csv("\"a\r\"\n\"b\r\"\r\nc\r\n", "x.csv");
  EXPECT_THAT(rows[0].cells, ElementsAre("a\r"));
  EXPECT_THAT(rows[1].cells, ElementsAre("b\r"));
  EXPECT_THAT(rows[2].cells, ElementsAre("c"));
}

TEST(Csv, AnUnclosedQuoteIsReported) {
  EXPECT_ERROR(parse_csv("a,b\n1,\"open\n2,3\n", "x.csv"), ErrorKind::kData, "x.csv:2:", "never closed");
}

TEST(Csv, CellsThatWouldBeFormulasBecomeText) {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"}) {
    EXPECT_EQ(text_cell(text), std::string("'") + text);
    EXPECT_EQ(without_apostrophe(text_cell(text)), text);
  }
  for (const char* text : {"", "12", "left lung", "'tis"}) {
    EXPECT_EQ(text_cell(text), text);
    EXPECT_EQ(without_apostrophe(text), text);
  }
}

}  // namespace
}  // namespace llama32med
