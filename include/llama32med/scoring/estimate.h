// A score with its intervals, the cell that every table of a report is made of, and how one prints.
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
  std::optional<Interval> wilson95;     // where every score is 0 or 1
  std::optional<Interval> bootstrap95;  // by image
};

// {"sum", "n", "percent", "wilson95_percent": [low, high], "bootstrap95_percent": [low, high]}; intervals only where
// they are; "percent" is null where n is 0.
Json estimate_json(const Estimate& estimate);

// The resamples of a run's images.
std::shared_ptr<const ImageBootstrap> image_bootstrap(const std::vector<Item>& items);

// Makes estimates of subsets of a run's items with resamples that are drawn once.
class Estimator {
 public:
  // The items and the protocol must outlive it.
  Estimator(const std::vector<ScoredItem>& items, const Protocol& protocol);
  // With the resamples of another estimator of the same items, under whatever protocol.
  Estimator(const Protocol& protocol, std::shared_ptr<const ImageBootstrap> bootstrap)
      : bootstrap_(std::move(bootstrap)), protocol_(&protocol) {}

  // `some` are items of those given. The order is of no consequence.
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
