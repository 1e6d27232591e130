#include "app/paper/paper.h"

#include <gtest/gtest.h>

#include "support/test_data.h"

namespace llama32med {
namespace {

PaperCell cell_of(double paper, double tolerance = 0.1) {
  PaperCell cell;
  cell.table = "T", cell.row = "r", cell.column = "c", cell.run = "a/x";
  cell.paper = paper, cell.tolerance = tolerance;
  return cell;
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
}

}  // namespace
}  // namespace llama32med
