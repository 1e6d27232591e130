#include "app/paper/paper_gate.h"

#include <gtest/gtest.h>

#include "app/paper/paper_problems.h"
#include "llama32med/core/config_json.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

PaperCell cell_of(const std::string& column) {
  PaperCell cell;
  cell.table = "T", cell.row = "r", cell.column = column, cell.run = "a/x", cell.paper = 80;
  return cell;
}

PaperConfig config_of(std::vector<PaperCell> cells) {
  PaperConfig config;
  config.cells = std::move(cells);
  return config;
}

std::vector<std::string> failures_of(const PaperGate& gate, const std::vector<ComparedCell>& cells) {
  PaperOutcome outcome{.cells = cells};
  gate.apply(outcome);
  std::vector<std::string> failures;
  for (const auto& cell : outcome.cells) failures.push_back(join(cell.failures, ", "));
  return failures;
}

TEST(FailOn, IsReadInEveryForm) {
  const std::vector<std::vector<std::string>> forms = {{"outside,not-run", "worse-than", "a,b.json"},
                                                       {"outside", "not-run,worse-than", "a,b.json"},
                                                       {"worse-than", "a,b.json", "outside", "not-run"}};
  for (const auto& form : forms) {
    const auto read = parse_fail_on(form);
    EXPECT_EQ(read.verdicts, (std::vector{Verdict::kOutside, Verdict::kNotRun}));
    EXPECT_EQ(read.worse_than, "a,b.json");
  }
  EXPECT_EQ(parse_fail_on({"worse-than=a.json"}).worse_than, "a.json");
  EXPECT_EQ(parse_fail_on({"worse-than a.json,outside"}).worse_than, "a.json");
  EXPECT_TRUE(parse_fail_on({}).verdicts.empty());
}

TEST(FailOn, MistakesAreNamed) {
  EXPECT_ERROR(parse_fail_on({"outsid"}), ErrorKind::kUsage, "outsid", "did you mean \"outside\"");
  EXPECT_ERROR(parse_fail_on({"worse-than"}), ErrorKind::kUsage, "worse-than", "paper.json");
  EXPECT_ERROR(parse_fail_on({"worse-than=a", "worse-than=b"}), ErrorKind::kUsage, "worse-than", "twice");
  EXPECT_ERROR(parse_fail_on({""}), ErrorKind::kUsage, "not known");
}

TEST(FailOn, VerdictsFail) {
  const PaperGate gate({.verdicts = {Verdict::kOutside, Verdict::kNotRun}}, config_of({cell_of("c")}));
  EXPECT_EQ(failures_of(gate, {compare_cell(cell_of("c"), OurNumber{80, std::nullopt}),
                               compare_cell(cell_of("c"), OurNumber{70, std::nullopt}),
                               compare_cell(cell_of("c"), std::nullopt)}),
            (std::vector<std::string>{"", "outside: 70, the paper has 80", "not run"}));
}

TEST(FailOn, WithoutAnythingToFailItIsRefused) {
  auto phantom = cell_of("c");
  phantom.incomparable = "phantoms";
  EXPECT_ERROR(PaperGate({.verdicts = {Verdict::kOutside}}, config_of({phantom})), ErrorKind::kUsage,
               "--fail-on outside", "not-run");
  EXPECT_NO_THROW(PaperGate({.verdicts = {Verdict::kNotRun}}, config_of({phantom})));
}

class WorseThan : public ::testing::Test {
 protected:
  // An earlier paper.json in which every column had `value`.
  std::filesystem::path earlier(const std::vector<std::string>& columns, double value) const {
    PaperOutcome outcome;
    for (const auto& column : columns) outcome.cells.push_back(compare_cell(cell_of(column), OurNumber{value, {}}));
    const auto file = folder_.path() / "earlier.json";
    write_json(file, paper_outcome_json(outcome));
    return file;
  }
  test::TempFolder folder_;
};

TEST_F(WorseThan, MeansBelowTheEarlierValueBeyondOurInterval) {
  const std::vector<PaperCell> cells = {cell_of("a"), cell_of("b"), cell_of("c"), cell_of("d"), cell_of("new")};
  const PaperGate gate({.worse_than = earlier({"a", "b", "c", "d"}, 80)}, config_of(cells));
  EXPECT_EQ(
      failures_of(gate, {compare_cell(cells[0], OurNumber{78, Interval{76, 80}}),
                         compare_cell(cells[1], OurNumber{78, Interval{76, 79.9}}),
                         compare_cell(cells[2], OurNumber{79.9, std::nullopt}),  // tolerance 0.1
                         compare_cell(cells[3], std::nullopt), compare_cell(cells[4], OurNumber{1, Interval{0, 2}})}),
      (std::vector<std::string>{"", "worse: 78 (at most 79.9), 80 before", "", "worse: not run, 80 before", ""}));
}

TEST_F(WorseThan, NamesCellsThatAreGone) {
  PaperOutcome outcome{.cells = {compare_cell(cell_of("a"), OurNumber{80, std::nullopt})}};
  PaperGate({.worse_than = earlier({"a", "b", "c"}, 80)}, config_of({cell_of("a")})).apply(outcome);
  ASSERT_EQ(outcome.notices.size(), 1u);
  EXPECT_NE(outcome.notices[0].find("2 cells"), std::string::npos);
}

TEST_F(WorseThan, RefusesAFileThatCannotBeCompared) {
  const auto other = config_of({cell_of("other")});
  EXPECT_ERROR(PaperGate({.worse_than = earlier({"a"}, 80)}, other), ErrorKind::kData, "earlier.json",
               "no cell in common");
  const auto file = folder_.path() / "x.json";
  write_json(file, Json{{"a", 1}});
  EXPECT_ERROR(PaperGate({.worse_than = file}, other), ErrorKind::kData, "x.json", "is not a paper.json");
  write_json(file, Json{{"cells", Json::array({1, Json{{"ours", nullptr}}, Json{{"ours", 1}, {"table", 3}}})}});
  EXPECT_ERROR(PaperGate({.worse_than = file}, other), ErrorKind::kData, "x.json");
}

TEST(PaperProblems, AreReportedTogetherAndOnce) {
  PaperProblems problems;
  EXPECT_NO_THROW(problems.throw_if_any("", ""));
  const auto missing = [] { throw data_error("/tmp/x/vqa: no such folder"); };
  EXPECT_FALSE(problems.attempt("a/x", missing));
  EXPECT_FALSE(problems.attempt("b/x", missing));
  EXPECT_TRUE(problems.attempt("b/y", [] {}));
  EXPECT_ERROR(problems.throw_if_any("/tmp/x", "out"), ErrorKind::kData, "1 problem,",
               "a/x, b/x: out/vqa: no such folder");
  problems.attempt("c", [] { throw usage_error("prompt"); });
  EXPECT_ERROR(problems.throw_if_any("/tmp/x", "out"), ErrorKind::kUsage, "2 problems", "(1) a/x, b/x",
               "(2) c: prompt");
}

}  // namespace
}  // namespace llama32med
