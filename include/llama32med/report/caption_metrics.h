// Scores of captions under every metric of one table; each row names the package whose values it reproduces. Rows that
// the paper's Table 2 most likely used are marked, since the paper does not say.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct CaptionMetric {
  std::string name, unit;        // unit: the range, "0..1", "0..100", "0..10"
  std::string remark;            // which package, on which tokens
  std::string paper;             // our guess of its row in Table 2: "BLEU", "recall", or ""
  std::optional<double> corpus;  // over all items at once; empty for metrics of single items only
  std::optional<double> mean;    // mean of the items; empty for corpus metrics
  std::vector<double> items;     // in the order given; empty if `mean` is
};

struct CaptionScores {
  std::size_t count = 0, empty_predictions = 0;
  std::vector<CaptionMetric> metrics;
};

// One reference and one prediction per item. Throws std::invalid_argument if their numbers differ.
CaptionScores score_captions(const std::vector<std::string>& references, const std::vector<std::string>& predictions);

const CaptionMetric& metric_of(const CaptionScores& scores, const std::string& name);  // throws Error{kUsage}

Json caption_scores_json(const CaptionScores& scores);  // {"n", "empty_predictions", "metrics": [{name, ...}]}
std::string caption_scores_markdown(const CaptionScores& scores);

// The value of a metric in report.json: the mean over items if there is one, else the corpus value.
inline constexpr char kCaptionsKey[] = "captions";
std::optional<double> caption_score_in(const Json& report, const std::string& metric);

}  // namespace llama32med
