// `llama32med report`: finished runs side by side, with every pair of runs compared item by item.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/report/comparison.h"

namespace llama32med {

struct ReportRunsRequest {
  std::vector<std::filesystem::path> runs;  // folders of eval or score
  std::vector<std::string> names;           // one per run; empty: the shortest ends of their paths that differ
  std::string protocol;                     // protocol to compare under; empty: the first one that all runs have
  std::filesystem::path out;
  std::filesystem::path data;  // folder of images that may be shown beside those of shown_images.h; empty: none
};

struct ReportRunsOutcome {
  std::string text;  // a line per run, then the comparisons
  std::vector<Comparison> comparisons;
};

// Writes report.json, report.md and report.html to `out`. Throws Error{kUsage} if the runs differ in dataset or split,
// Error{kData} if they differ in items.
ReportRunsOutcome report_runs(const ReportRunsRequest& request);

}  // namespace llama32med
