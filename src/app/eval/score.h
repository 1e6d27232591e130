// `llama32med score`: scores a predictions file of any origin against a dataset, without a model.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "app/common/run_config.h"
#include "llama32med/report/run_report.h"
#include "llama32med/scoring/prediction_reader.h"

namespace llama32med {

// Throws Error{kUsage} for unknown and repeated names. "all" means every protocol.
std::vector<std::string> chosen_protocols(const std::vector<std::string>& names);

ImageLooks looks_of(const ReportConfig& config);

struct ScoreFileRequest {
  RunConfig config;  // data, eval.protocols, report
  std::filesystem::path predictions;
  Coverage coverage = Coverage::kComplete;
  std::filesystem::path out;  // empty: nothing is written
  ReportSections sections = ReportSections::kAll;
};

// Without a dataset in the config, the file must contain questions and references.
RunReport score_file(const ScoreFileRequest& request);

}  // namespace llama32med
