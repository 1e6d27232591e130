// Shared data of the sections of a report, so that nothing is computed twice: every answer is scored once under each
// protocol, and all intervals use the same set of resamples.
//
// Made once per report and passed by reference to each section (src/report/sections.h), to the lines of
// predictions.jsonl and to the page. Values that only some of them need are computed on first use: a score table for
// the screen costs only its scores. Not thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/data/dataset.h"
#include "llama32med/report/confusion.h"
#include "llama32med/report/leaks.h"
#include "llama32med/report/train_overlap.h"
#include "llama32med/scoring/answered_run.h"
#include "llama32med/scoring/estimate.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {

// The split that a model was trained on, to compare with a test set.
struct TrainingData {
  std::optional<Dataset> dataset;
  std::string absent;  // why there is no dataset
};

struct ReportRequest {
  std::vector<const Protocol*> protocols;  // for the score table; the other sections use the first
  TrainingData train = {};
  ImageLooks looks = ImageLooks::kIgnore;
  // Answers to the same questions with shuffled, blank or no images: (condition, answers).
  std::vector<std::pair<std::string, std::vector<Item>>> conditions = {};
};

// A value that is computed on first use.
template <class Value>
class Lazy {
 public:
  const Value& get(auto&& compute) const {
    if (!value_) value_.emplace(compute());
    return *value_;
  }

 private:
  mutable std::optional<Value> value_;
};

// Hash of ids and answers, independent of their order.
std::string predictions_sha256(const std::vector<Item>& items);

class ReportContext {
 public:
  ReportContext(AnsweredRun run, ReportRequest request);
  ReportContext(const ReportContext&) = delete;  // scored items point into it
  ReportContext& operator=(const ReportContext&) = delete;

  const RunFacts& facts() const { return run_.facts; }
  const ReportRequest& request() const { return request_; }
  const std::vector<SkippedRecord>& skipped() const { return run_.skipped; }

  // Sorted by id, so that results do not depend on the order of a file, not even in the last digit.
  const std::vector<Item>& items() const { return run_.items; }
  // In the original order, which predictions.jsonl and the page keep.
  const std::vector<const Item*>& items_as_given() const { return as_given_; }
  std::int64_t answers_without_image() const;
  // True if no item has a question. Captions are scored by caption_metrics.h and are not in the score table.
  bool are_captions() const { return are_captions_; }

  // Scores under each protocol of the score table.
  std::span<const ScoredItems> scores() const;
  const ScoreTable& score_table() const;
  // The first protocol, and scores under it; captions included.
  const Protocol& protocol() const { return *request_.protocols.front(); }
  const std::vector<ScoredItem>& scored() const { return all_scores().front().items; }
  const Confusion& confusion() const;
  Estimator estimator() const { return {protocol(), bootstrap()}; }

  // The test records, in the order of items().
  const std::vector<Record>& records() const;
  const std::map<std::string, std::int64_t>& conflict_groups() const;
  const std::vector<Record>* training_records() const;  // null if unknown
  const TrainOverlaps* overlaps() const;                // null if training records are unknown

 private:
  const std::vector<ScoredItems>& all_scores() const;
  const SharedBootstrap& bootstrap() const;

  AnsweredRun run_;  // its items sorted
  ReportRequest request_;
  std::vector<const Item*> as_given_;
  bool are_captions_ = false;
  Lazy<std::vector<ScoredItems>> scores_;
  Lazy<SharedBootstrap> bootstrap_;
  Lazy<ScoreTable> score_table_;
  Lazy<Confusion> confusion_;
  Lazy<std::vector<Record>> records_;
  Lazy<std::map<std::string, std::int64_t>> conflict_groups_;
  Lazy<TrainOverlaps> overlaps_;
};

}  // namespace llama32med
