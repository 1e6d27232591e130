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

// Bootstrap resamples of a run's images.
std::shared_ptr<const ImageBootstrap> image_bootstrap(const std::vector<Item>& items);

// Makes estimates for subsets of a run's items, with resamples that are drawn once.
class Estimator {
 public:
  // The items and the protocol must outlive the estimator.
  Estimator(const std::vector<ScoredItem>& items, const Protocol& protocol);
  // Shares resamples between estimators of the same items under different protocols.
  Estimator(const Protocol& protocol, std::shared_ptr<const ImageBootstrap> bootstrap)
      : bootstrap_(std::move(bootstrap)), protocol_(&protocol) {}

  // `some`: any subset of the items, in any order.
  Estimate estimate(const std::vector<ScoredItem>& some) const;
  const ImageBootstrap& bootstrap() const { return *bootstrap_; }

 private:
  std::shared_ptr<const ImageBootstrap> bootstrap_;
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
