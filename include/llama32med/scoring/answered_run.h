// A run of answers, and where its files are.
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

// What `--run` names: a run's folder, or its predictions.jsonl.
struct RunFiles {
  std::filesystem::path predictions;
  std::filesystem::path folder;  // where results about the run go
};

// `out` empty: results go beside the predictions. Throws Error{kUsage} where `run` is empty.
RunFiles run_files(const std::filesystem::path& run, const std::filesystem::path& out = {});

}  // namespace llama32med
