// `llama32med score`: scores a predictions file of any origin against a dataset, without a model.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "app/common/run_config.h"
#include "llama32med/report/run_report.h"
#include "llama32med/scoring/prediction_reader.h"

namespace llama32med {

// Unknown and doubled names are an Error{kUsage}, told before anything is read. "all" stands for every protocol.
std::vector<std::string> chosen_protocols(const std::vector<std::string>& names);

ImageLooks looks_of(const ReportConfig& config);

struct ScoringRequest {
  RunConfig config;  // its data and eval.protocols
  std::filesystem::path predictions;
  Coverage coverage = Coverage::kComplete;
  std::filesystem::path out;  // empty: nothing is written
  ReportSections sections = ReportSections::kAll;
};

// Without a dataset in the config, the file must carry its own questions and references.
RunReport score_file(const ScoringRequest& request);

}  // namespace llama32med
