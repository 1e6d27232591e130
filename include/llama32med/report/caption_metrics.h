// Captions against their references under every rule of one table (evaluation.md 3.7): each row names the package whose
// numbers it reproduces. Rows that the paper's Table 2 most likely used are marked; the paper does not say.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct CaptionMetric {
  std::string name, unit;        // unit: the range, "0..1", "0..100", "0..10"
  std::string remark;            // whose rule, on what words
  std::string paper;             // the row of Table 2 it is our guess for: "BLEU", "recall", or ""
  std::optional<double> corpus;  // over all items at once; nothing where the rule knows single items only
  std::optional<double> mean;    // of the items' values; nothing where the rule knows the corpus only
  std::vector<double> items;     // in the order given; empty with `mean`
};

struct CaptionScores {
  std::size_t count = 0, empty_predictions = 0;
  std::vector<CaptionMetric> metrics;
};

// One reference and one prediction an item. Throws std::invalid_argument where their numbers differ.
CaptionScores score_captions(const std::vector<std::string>& references, const std::vector<std::string>& predictions);

const CaptionMetric& metric_of(const CaptionScores& scores, const std::string& name);  // throws Error{kUsage}

Json caption_scores_json(const CaptionScores& scores);  // {"n", "empty_predictions", "metrics": [{name, ...}]}
std::string caption_scores_markdown(const CaptionScores& scores);

}  // namespace llama32med
