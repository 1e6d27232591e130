// `llama32med report`: finished runs side by side, each as it reported itself, every pair compared item by item.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/report/comparison.h"

namespace llama32med {

struct ReportingRequest {
  std::vector<std::filesystem::path> runs;  // folders of eval or score
  std::vector<std::string> names;           // one a run; empty: the ends of their paths that tell them apart
  std::string protocol;                     // of the comparison; empty: the first that all runs were scored by
  std::filesystem::path out;
};

struct ReportingOutcome {
  std::string text;  // a line a run, the comparisons
  std::vector<Comparison> comparisons;
};

// Leaves report.json, report.md and report.html in `out`. Throws Error{kUsage} where runs cannot be shown together:
// other datasets or splits, no protocol in common; Error{kData} where one holds other items than another.
ReportingOutcome report_runs(const ReportingRequest& request);

}  // namespace llama32med
