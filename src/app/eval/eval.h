// `llama32med eval`: predicts the answers of a split and scores them. All files are in one folder:
//
//   config.json        full configuration, model fingerprint, hash of the records
//   environment.json   versions, device, threads
//   predictions.jsonl  one line per item (predict/predictor.h)
//   report.json, report.md
//   shards/            of runs with --shard (shards.h)
//
// An unfinished run of the same configuration is resumed. Throws Error{kUsage} if the folder holds another run.
#pragma once
#include <filesystem>

#include "app/common/progress.h"
#include "app/common/run_config.h"
#include "app/common/run_folder.h"
#include "llama32med/predict/predictor.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {

struct EvaluationRequest {
  RunConfig config;
  std::filesystem::path out;
  std::string name = {};  // the run's name in titles and tables; empty: its folder's
  Shard shard = {};       // a part of the batches; without a report
  Resume resume = Resume::kAuto;
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct EvaluationOutcome {
  ScoreTable table;
  std::string image_gain;  // one line per condition of report.image_gain
  PredictProgress progress;
  std::size_t answers_without_image = 0;  // image could not be read; these count as wrong
  std::size_t skipped = 0;                // records without image or answer
  double ready_seconds = 0, wall_seconds = 0;
};

EvaluationOutcome evaluate(const EvaluationRequest& request);

}  // namespace llama32med
