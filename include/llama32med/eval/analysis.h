// What stands behind a score: the sections of a report that need one run's items alone.
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/eval/breakdown.h"
#include "llama32med/eval/calibration.h"
#include "llama32med/eval/confusion.h"
#include "llama32med/eval/consistency.h"
#include "llama32med/eval/estimate.h"
#include "llama32med/eval/train_overlap.h"

namespace llama32med {

struct Analysis {
  std::string protocol;  // whose scores
  Clustering clustering;
  std::vector<Breakdown> breakdowns;
  Confusion confusion;
  Consistency consistency;
  CalibrationReport calibration;
};

// `overlaps` may be null: then nothing is said about what was seen in training.
Analysis analyse(const std::vector<ScoredItem>& items, const Protocol& protocol, const std::string& dataset,
                 const TrainOverlaps* overlaps);

Json analysis_json(const Analysis& analysis);
std::string analysis_markdown(const Analysis& analysis);

}  // namespace llama32med
