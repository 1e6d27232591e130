// `llama32med paper`: runs the missing experiments of a paper, resumes interrupted ones, and compares our numbers with
// the printed ones.
//
//   OUT/EXPERIMENT/stage1, stage2     written by `train`
//   OUT/EXPERIMENT/eval/EVALUATION/   written by `eval` or `score`
//   OUT/paper.json, paper.md          every cell: ours, interval, the paper's, difference, verdict
//   OUT/compared/FAMILY/              a report on the runs of a comparison; "Table 3" is in compared/table-3
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/common/progress.h"
#include "app/common/run_config.h"
#include "app/common/run_folder.h"
#include "app/paper/paper_config.h"
#include "app/train/train.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/report/comparison.h"

namespace llama32med {

enum class Verdict {
  kReproduced,      // equal to the printed number within its tolerance
  kInsideInterval,  // the printed number is inside our 95 % interval
  kOutside,
  kNotRun,        // our result is not available yet
  kOthers,        // a row of another model: shown, not compared
  kIncomparable,  // ours is there, but measures something else
};
constexpr auto names_of(Verdict) {
  return std::array{Named{"reproduced", Verdict::kReproduced}, Named{"inside our interval", Verdict::kInsideInterval},
                    Named{"outside", Verdict::kOutside},       Named{"not run", Verdict::kNotRun},
                    Named{"others' row", Verdict::kOthers},    Named{"n/a", Verdict::kIncomparable}};
}

using OurNumber = ReportedScore;  // in the paper's unit

struct ComparedCell {
  PaperCell cell;
  std::optional<OurNumber> ours;
  Verdict verdict = Verdict::kNotRun;
  std::string dataset, label;         // the run's, as in its report
  std::vector<std::string> failures;  // why --fail-on rejects the cell

  double target() const { return cell.corrected.value_or(cell.paper); }
};

ComparedCell compare_cell(const PaperCell& cell, const std::optional<OurNumber>& ours);

struct ComparedFamily {
  std::string family;
  std::vector<Comparison> comparisons;
};

struct FailOn {
  std::vector<Verdict> verdicts;
  std::filesystem::path worse_than;  // an earlier paper.json; empty: none
};

struct PaperRequest {
  std::filesystem::path config;
  std::filesystem::path out, data;  // empty: the config's
  ConfigSources common;             // from the command line: overrides every experiment's configs
  std::vector<std::string> only;    // experiments; empty: all
  bool compare_only = false;        // run nothing
  Resume resume = Resume::kAuto;    // for the experiments that are run
  MemoryCheck check_memory = MemoryCheck::kRefuse;
  FailOn fail_on;
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct PaperOutcome {
  std::filesystem::path out;
  std::vector<ComparedCell> cells;
  std::vector<ComparedFamily> families;
  std::vector<std::string> notices;
  std::string text, markdown;  // for the screen, and for paper.md
  std::string junit;           // JUnit XML
};

// Checks what all experiments need before the first one runs. Throws Error{kUsage} if there is nothing to compare: with
// `compare_only`, a folder without a finished run. Cells that fail --fail-on are in the outcome and throw nothing.
PaperOutcome run_paper(const PaperRequest& request);

// False for experiments that --only leaves out.
bool is_selected(const PaperRequest& request, const std::string& experiment);

Json paper_outcome_json(const PaperOutcome& outcome);

}  // namespace llama32med
