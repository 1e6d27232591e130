// report.html of one or several runs: their reports, and every item with its image.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "llama32med/report/context.h"

namespace llama32med {

struct PageRun {
  std::string name;
  const ReportContext* context = nullptr;
  const Json* report = nullptr;                 // its report.json
  std::map<std::string, double> verdicts = {};  // experts' mean, by item id
};

// Items are those of the first run, followed by those that only later runs have. Scores are under each context's first
// protocol, which should be the same for all. Images are shown if their files can still be read.
void write_run_page(const std::filesystem::path& out, const std::vector<PageRun>& runs, const Json& comparisons);

}  // namespace llama32med
