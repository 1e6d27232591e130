// `llama32med paper`: runs what is missing of a paper's experiments, goes on with what was cut off, and sets our
// numbers beside the printed ones.
//
//   OUT/EXPERIMENT/stage1, stage2     as `train` leaves them
//   OUT/EXPERIMENT/eval/EVALUATION/   as `eval` leaves them
//   OUT/paper.json, paper.md          every cell: ours, interval, the paper's, difference, verdict
//   OUT/compared/FAMILY/              a report of the runs of a comparison side by side
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/common/progress.h"
#include "app/common/run_config.h"
#include "app/paper/paper_config.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/report/comparison.h"

namespace llama32med {

enum class Verdict {
  kReproduced,      // inside the print's tolerance
  kInsideInterval,  // the printed number lies in our 95 % interval
  kOutside,
  kNotRun,  // ours is not there
  kOthers,  // a row of other models: shown, not compared
};
constexpr auto names_of(Verdict) {
  return std::array{Named{"reproduced", Verdict::kReproduced}, Named{"inside our interval", Verdict::kInsideInterval},
                    Named{"outside", Verdict::kOutside}, Named{"not run", Verdict::kNotRun},
                    Named{"others' row", Verdict::kOthers}};
}

struct OurNumber {
  double value = 0;  // in the paper's unit
  std::optional<Interval> interval95;
};

struct ComparedCell {
  PaperCell cell;
  std::optional<OurNumber> ours;
  Verdict verdict = Verdict::kNotRun;

  double target() const { return cell.corrected.value_or(cell.paper); }
};

ComparedCell compare_cell(const PaperCell& cell, const std::optional<OurNumber>& ours);

struct ComparedFamily {
  std::string family;
  std::vector<Comparison> comparisons;
};

struct PaperRequest {
  std::filesystem::path config;
  std::filesystem::path out, data;  // empty: the config's
  ConfigSources common;             // of the command line, over every experiment's configs
  std::vector<std::string> only;    // experiments; empty: all
  bool compare_only = false;        // nothing is run
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct PaperOutcome {
  std::filesystem::path out;
  std::vector<ComparedCell> cells;
  std::vector<ComparedFamily> families;
  std::string text;  // for the screen
};

PaperOutcome run_paper(const PaperRequest& request);
Json paper_outcome_json(const PaperOutcome& outcome);

}  // namespace llama32med
