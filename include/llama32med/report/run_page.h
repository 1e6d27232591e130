// report.html of one or several runs: their reports, and every item with its picture.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "llama32med/report/run_report.h"

namespace llama32med {

struct PageRun {
  std::string name;
  const AnsweredRun* run = nullptr;
  const Json* report = nullptr;                 // its report.json
  std::map<std::string, double> verdicts = {};  // experts' mean, by item id
};

// Items are those of the first run, then those that only later ones have. Scores of items are under `protocol`.
// Pictures are shown where their files can still be read.
void write_run_page(const std::filesystem::path& out, const std::vector<PageRun>& runs, const std::string& protocol,
                    const Json& comparisons);

}  // namespace llama32med
