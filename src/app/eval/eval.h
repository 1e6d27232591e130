// `llama32med eval`: predicts a split, scores it, leaves everything in a folder.
//
//   config.json        the whole configuration and what it was run on (model fingerprint, data hash)
//   environment.json   versions, device, threads
//   predictions.jsonl  one line an item (predict/predictor.h)
//   report.json, report.md
//
// A folder that holds a part of the same run is gone on with. Throws Error{kUsage} if it holds another run.
#pragma once
#include <filesystem>

#include "app/common/progress.h"
#include "app/common/run_config.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {

enum class Resume { kAuto, kNever };  // kNever: earlier predictions are thrown away

struct EvaluationRequest {
  RunConfig config;
  std::filesystem::path out;
  Resume resume = Resume::kAuto;
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct EvaluationOutcome {
  ScoreTable table;
  PredictProgress progress;
  std::size_t answers_without_image = 0;  // its file could not be read; they count as wrong
  std::size_t skipped = 0;                // records of the split that could not be asked
  double ready_seconds = 0, wall_seconds = 0;
};

EvaluationOutcome evaluate(const EvaluationRequest& request);

}  // namespace llama32med
