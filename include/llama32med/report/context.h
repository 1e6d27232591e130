// What the sections of a report share, so that nothing is computed twice: every answer is scored once under each
// protocol, and one set of resamples serves every interval.
//
// Made once per report and lent to each section (src/report/sections.h), to the lines of predictions.jsonl and to the
// page. What only some of them need is computed when it is first asked for: a score table for the screen costs no more
// than its scores. Not to be shared between threads.
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

// The split that a model was trained on, to compare a test set with.
struct TrainingData {
  std::optional<Dataset> dataset;
  std::string absent;  // why there is none
};

struct ReportRequest {
  std::vector<const Protocol*> protocols;  // of the score table; the other sections are about the first
  TrainingData train = {};
  ImageLooks looks = ImageLooks::kIgnore;
  // Answers to the same questions about shuffled, blank or no images.
  std::vector<std::pair<std::string, std::vector<Item>>> conditions = {};
};

// A value that is computed when it is first asked for.
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

class ReportContext {
 public:
  ReportContext(AnsweredRun run, ReportRequest request);
  ReportContext(const ReportContext&) = delete;  // scored items point into it
  ReportContext& operator=(const ReportContext&) = delete;

  const RunFacts& facts() const { return run_.facts; }
  const ReportRequest& request() const { return request_; }
  const std::vector<SkippedRecord>& skipped() const { return run_.skipped; }

  // Sorted by id: no number depends on the order of a file, not even in its last digit.
  const std::vector<Item>& items() const { return run_.items; }
  // As they came, which is the order of predictions.jsonl and of the page.
  const std::vector<const Item*>& items_as_given() const { return as_given_; }
  std::int64_t answers_without_image() const;
  // No item has a question. Captions are compared by words (report/caption_metrics.h) and are not in the score table.
  bool are_captions() const { return are_captions_; }

  // Under each protocol of the score table.
  std::span<const ScoredItems> scores() const;
  const ScoreTable& score_table() const;
  // Under the first protocol, captions too.
  const Protocol& protocol() const { return *request_.protocols.front(); }
  const std::vector<ScoredItem>& scored() const { return all_scores().front().items; }
  const Confusion& confusion() const;
  Estimator estimator() const { return {protocol(), bootstrap()}; }

  // The test records, in the order of items().
  const std::vector<Record>& records() const;
  const std::map<std::string, std::int64_t>& conflict_groups() const;
  const std::vector<Record>* training_records() const;  // null where they are not known
  const TrainOverlaps* overlaps() const;                // null where they are not

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
