#include "app/paper/paper.h"

#include <gtest/gtest.h>

#include "app/paper/paper_tables.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

PaperCell cell_of(double paper, double tolerance = 0.1) {
  return {.table = "T", .row = "r", .column = "c", .run = "a/x", .paper = paper, .tolerance = tolerance};
}

TEST(Paper, AVerdictSaysHowFarAResultIsFromThePrintedNumber) {
  const Interval interval{82.3, 86.7};
  EXPECT_EQ(compare_cell(cell_of(84.6), OurNumber{84.7, interval}).verdict, Verdict::kReproduced);
  EXPECT_EQ(compare_cell(cell_of(84.6), OurNumber{84.71, interval}).verdict, Verdict::kInsideInterval);
  EXPECT_EQ(compare_cell(cell_of(81.0), OurNumber{84.7, interval}).verdict, Verdict::kOutside);
  EXPECT_EQ(compare_cell(cell_of(0.047, 0.0005), OurNumber{0.05, std::nullopt}).verdict, Verdict::kOutside);
  EXPECT_EQ(compare_cell(cell_of(84.6), std::nullopt).verdict, Verdict::kNotRun);
  auto others = cell_of(80);
  others.run = "";
  EXPECT_EQ(compare_cell(others, std::nullopt).verdict, Verdict::kOthers);
}

TEST(Paper, ACorrectedNumberIsTheTarget) {
  auto cell = cell_of(74.2, 0.25);
  cell.corrected = 73.2;
  const auto compared = compare_cell(cell, OurNumber{73.0, std::nullopt});
  EXPECT_EQ(compared.target(), 73.2);
  EXPECT_EQ(compared.verdict, Verdict::kReproduced);
}

TEST(Paper, ACellThatIsNotComparableGetsNoVerdict) {
  auto cell = cell_of(84.6);
  cell.incomparable = "phantoms";
  EXPECT_EQ(compare_cell(cell, OurNumber{84.6, std::nullopt}).verdict, Verdict::kIncomparable);
  EXPECT_EQ(compare_cell(cell, std::nullopt).verdict, Verdict::kNotRun);

  PaperOutcome outcome{.cells = {compare_cell(cell, OurNumber{84.6, std::nullopt})}};
  const auto text = paper_tables_text(outcome, {});
  EXPECT_NE(text.find("n/a: phantoms"), std::string::npos) << text;
  EXPECT_EQ(text.find("verdict\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("reproduced"), std::string::npos) << text;
  outcome.cells.push_back(compare_cell(cell_of(84.6), OurNumber{84.6, std::nullopt}));  // this one is
  EXPECT_NE(paper_tables_text(outcome, {}).find("reproduced"), std::string::npos);
}

TEST(Paper, ALabelStandsInPlaceOfTheDataset) {
  ComparedCell compared{cell_of(80), std::nullopt};
  compared.cell.column = "VQA-RAD closed", compared.dataset = "vqa_rad";
  EXPECT_EQ(column_text(compared), "VQA-RAD closed");
  compared.label = "phantoms";
  EXPECT_EQ(column_text(compared), "phantoms closed");
  compared.cell.column = "BLEU";
  EXPECT_EQ(column_text(compared), "BLEU (phantoms)");
}

TEST(Paper, FoldersOfFamiliesHaveNoBlanks) {
  EXPECT_EQ(family_folder("Table 3"), "table-3");
  EXPECT_EQ(family_folder("tuned against zero-shot, SLAKE"), "tuned-against-zero-shot-slake");
  EXPECT_EQ(family_folder(" /../ "), "");
}

TEST(Paper, ShippedConfigsContainEveryNumberInTheTables) {
  const auto configs = std::filesystem::path(test::source_folder()) / "configs";
  const auto paper = load_paper_config(configs / "paper.json");
  std::map<std::string, int> cells;
  for (const auto& cell : paper.cells) ++cells[cell.table];
  EXPECT_EQ(cells["Table 1"], 96);
  EXPECT_EQ(cells["Table 2"], 8);
  EXPECT_EQ(cells["Table 3"], 5);
  EXPECT_EQ(cells["Figure 4"], 24);
  const auto small = load_paper_config(configs / "paper_ci.json");
  EXPECT_EQ(small.experiments.size(), 6u);
  for (const auto& cell : small.cells) EXPECT_EQ(cell.incomparable, small.incomparable);
  for (const auto& cell : paper.cells) EXPECT_EQ(cell.incomparable, "");
}

}  // namespace
}  // namespace llama32med
