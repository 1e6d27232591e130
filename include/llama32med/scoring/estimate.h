// A score with its confidence intervals, as shown in all tables of a report.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/bootstrap.h"
#include "llama32med/scoring/item.h"
#include "llama32med/scoring/statistics.h"

namespace llama32med {

struct Estimate {
  Tally tally;
  std::optional<Interval> wilson95;     // only if every score is 0 or 1
  std::optional<Interval> bootstrap95;  // clustered by image
};

// {"sum", "n", "percent", "wilson95_percent": [low, high], "bootstrap95_percent": [low, high]}; without the intervals
// that are undefined; "percent" is null if n is 0.
Json estimate_json(const Estimate& estimate);

// Reads what estimate_json() wrote. Nothing if `json` is something else, or the estimate of no items.
struct ReportedScore {
  double value = 0;                    // percent
  std::optional<Interval> interval95;  // percent; by image where there is one, else Wilson's
};
std::optional<ReportedScore> reported_score(const Json& json);

// Bootstrap resamples of a run's images, drawn once and shared by its estimators.
using SharedBootstrap = std::shared_ptr<const ImageBootstrap>;
SharedBootstrap image_bootstrap(const std::vector<Item>& items);

// Makes estimates for subsets of a run's items, scored under one protocol, which must outlive the estimator.
class Estimator {
 public:
  Estimator(const Protocol& protocol, SharedBootstrap bootstrap)
      : bootstrap_(std::move(bootstrap)), protocol_(&protocol) {}

  // `some`: any subset of the run's items, in any order.
  Estimate estimate(const std::vector<ScoredItem>& some) const;
  const ImageBootstrap& bootstrap() const { return *bootstrap_; }

 private:
  SharedBootstrap bootstrap_;
  const Protocol* protocol_;
};

std::vector<ScoredItem> items_of_kind(const std::vector<ScoredItem>& items, AnswerKind kind);
std::vector<ImageScore> image_scores(const std::vector<ScoredItem>& items);

Json clustering_json(const Clustering& clustering);
std::string clustering_markdown(const Clustering& clustering);

// Cells of Markdown tables: "898/1061" ("12.3400/40" for fractions), "82.3 to 86.7" or "-", "-0.5 to +1.2".
std::string count_cell(const Tally& tally);
std::string interval_cell(const std::optional<Interval>& interval);
std::string difference_cell(const Interval& interval);

}  // namespace llama32med
