// Everything that one run's scored items say by themselves, under one protocol: the section "analysis" of a report.
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/report/breakdown.h"
#include "llama32med/report/calibration.h"
#include "llama32med/report/confusion.h"
#include "llama32med/report/consistency.h"
#include "llama32med/scoring/estimate.h"

namespace llama32med {

struct Analysis {
  std::string protocol;
  Estimate closed, open, overall;
  Clustering clustering;
  std::vector<Breakdown> breakdowns;
  Confusion confusion;
  Consistency consistency;
  CalibrationReport calibration;
};

struct AnalysisInput {
  const std::vector<ScoredItem>& items;
  const Protocol& protocol;  // they were scored under
  std::string dataset;
  const TrainOverlaps* overlaps = nullptr;  // where the training records are known
};
Analysis analyze(const AnalysisInput& input);

// {"protocol", "scores": {"closed", "open", "overall"}, "clustering", "breakdowns", "yes_no", "answer_types",
//  "top_confusions", "flips", "consistency", "calibration", "risk_coverage"}
Json analysis_json(const Analysis& analysis);
std::string analysis_markdown(const Analysis& analysis);  // with headings of the third level

}  // namespace llama32med
