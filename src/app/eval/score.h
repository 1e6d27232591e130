// `llama32med score`: scores a predictions file of any origin against a dataset, without a model.
#pragma once
#include <filesystem>

#include "app/common/run_config.h"
#include "llama32med/core/config_json.h"
#include "llama32med/scoring/prediction_reader.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {

enum class ReportSections {
  kAll,
  kScores,  // the score table alone, for the screen
};

struct ScoreFileRequest {
  RunConfig config;  // its sections data and report
  std::filesystem::path predictions;
  Coverage coverage = Coverage::kComplete;
  std::filesystem::path out;  // empty: nothing is written
  std::string name = {};      // the run's name in titles and tables; empty: its folder's
  ReportSections sections = ReportSections::kAll;
};

struct ScoreFileOutcome {
  ScoreTable table;
  Json report;  // the content of report.json; null for the scores alone
};

// Without a dataset in the config, the file must contain questions and references. Throws Error{kUsage} for unknown
// protocols before anything is read.
ScoreFileOutcome score_file(const ScoreFileRequest& request);

}  // namespace llama32med
