// `llama32med score`: scores a predictions file of any origin against a dataset, without a model.
#pragma once
#include <filesystem>

#include "app/common/run_config.h"
#include "llama32med/core/config_json.h"
#include "llama32med/scoring/prediction_join.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {

enum class ReportSections {
  kAll,
  kScores,  // the score table alone, for the screen
};

enum class JoinBy { kId, kQuestion };
constexpr auto names_of(JoinBy) { return std::array{Named{"id", JoinBy::kId}, Named{"question", JoinBy::kQuestion}}; }

struct ScoreFileRequest {
  RunConfig config;  // its sections data and report
  std::filesystem::path predictions;
  PredictionKeys keys = {};
  JoinBy join = JoinBy::kId;
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
// protocols before anything is read, and Error{kData} for predictions that are copies of the references.
ScoreFileOutcome score_file(const ScoreFileRequest& request);

}  // namespace llama32med
