// An evaluation run, and where its files are.
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

// The argument of `--run`: a run's folder, or its predictions.jsonl.
struct RunFiles {
  std::filesystem::path predictions;
  std::filesystem::path folder;  // output folder for results about the run
};

// With an empty `out`, results go next to the predictions. Throws Error{kUsage} if `run` is empty.
RunFiles run_files(const std::filesystem::path& run, const std::filesystem::path& out = {});

}  // namespace llama32med
