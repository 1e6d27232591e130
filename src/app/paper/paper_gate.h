// `--fail-on`: which cells of a paper's tables fail a run, for continuous integration.
//
//   outside           the printed number is outside the tolerance and outside our 95 % interval
//   not-run           our number is not there
//   worse-than FILE   FILE is an earlier paper.json: its number was higher than the upper end of our 95 % interval now;
//                     or higher than ours by more than the cell's tolerance, where a cell has no interval; or it was
//                     there and ours is not
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/paper/paper.h"

namespace llama32med {

// The words after --fail-on: names, lists of names with commas; the file as the next word or after "=" or a blank.
// Throws Error{kUsage} for unknown names, listing the known ones.
FailOn parse_fail_on(const std::vector<std::string>& words);

class PaperGate {
 public:
  // Reads the earlier paper.json, before this run replaces it. Throws Error{kUsage} if `config` has no cell that could
  // fail, Error{kData} if the file is not a paper.json.
  PaperGate(FailOn fail_on, const PaperConfig& config);

  // Fills `failures` of the cells, and names earlier cells that are no longer there.
  void apply(PaperOutcome& outcome) const;

 private:
  std::string failure_of(const ComparedCell& cell, Verdict verdict) const;
  std::string decline_of(const ComparedCell& cell) const;

  FailOn fail_on_;
  std::map<std::string, double> earlier_;  // by cell
};

// "2 cells fail --fail-on: Table 1, LLaMA32-Med, SLAKE overall: not run; ..."; "" if none fails.
std::string failures_text(const PaperOutcome& outcome);

}  // namespace llama32med
