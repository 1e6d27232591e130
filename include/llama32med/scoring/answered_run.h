// A run of answers and the files it lies in, as `eval` and `score` leave them.
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/data/dataset.h"
#include "llama32med/scoring/item.h"
#include "llama32med/scoring/run_facts.h"

namespace llama32med {

struct AnsweredRun {
  RunFacts facts;
  std::vector<Item> items;             // in the order in which they are written
  std::vector<SkippedRecord> skipped;  // records of the split that could not be asked
};

// A finished run's folder. Throws Error{kData} where predictions.jsonl or report.json is missing, or the report is not
// that of a single run.
AnsweredRun read_run(const std::filesystem::path& folder);

// What `--run` names: a run's folder, or its predictions.jsonl.
struct RunFiles {
  std::filesystem::path predictions;
  std::filesystem::path folder;  // where results about the run go
};

// `out` empty: results go beside the predictions. Throws Error{kUsage} where `run` is empty.
RunFiles run_files(const std::filesystem::path& run, const std::filesystem::path& out = {});

}  // namespace llama32med
