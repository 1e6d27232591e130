// An evaluation run and its files, as written by `eval` and `score`.
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/data/dataset.h"
#include "llama32med/scoring/item.h"
#include "llama32med/scoring/run_facts.h"

namespace llama32med {

struct AnsweredRun {
  RunFacts facts;
  std::vector<Item> items;             // in file order
  std::vector<SkippedRecord> skipped;  // records of the split that could not be used
};

// Reads the folder of a finished run. Throws Error{kData} if predictions.jsonl or report.json is missing, or if the
// report is not that of a single run.
AnsweredRun read_run(const std::filesystem::path& folder);

// The argument of `--run`: a run's folder, or its predictions.jsonl.
struct RunFiles {
  std::filesystem::path predictions;
  std::filesystem::path folder;  // output folder for results about the run
};

// With an empty `out`, results go next to the predictions. Throws Error{kUsage} if `run` is empty.
RunFiles run_files(const std::filesystem::path& run, const std::filesystem::path& out = {});

}  // namespace llama32med
