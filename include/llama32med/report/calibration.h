// Does the model know when it is correct? Computed from the probabilities of a run; absent if predictions have none.
//
// closed items (reference yes or no): p = p_yes / (p_yes + p_no); the answer is the more likely of the two
//   confidence max(p, 1 - p), Brier (p - [reference is yes])^2
// open items: confidence exp(log-probability / answer tokens), the geometric mean of its tokens' probabilities;
//   correct if the protocol's score is at least 0.5
// ECE: 15 bins of equal mass by confidence (ties by id), sum over bins of (n / N) |accuracy - mean confidence|.
// AUROC: of confidence as a predictor of correctness; ties count half.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

struct CalibrationBin {
  double confidence = 0, accuracy = 0;  // means
  std::int64_t n = 0;
};

struct Calibration {
  std::int64_t n = 0, without = 0;  // items with and without probabilities
  std::optional<double> brier;      // closed only
  double ece = 0;
  std::optional<double> auroc;  // absent if all are correct or all are wrong
  std::vector<CalibrationBin> bins;
};

// Answers by decreasing confidence: of the most confident share (coverage), the share that is wrong under the protocol
// (risk; a score of at least 0.5 is correct). For equal confidences: the mean over all orders.
struct RiskCoverage {
  struct Point {
    double coverage = 0, risk = 0;
  };
  std::int64_t n = 0;
  std::vector<Point> points;                      // at most 101: thinned evenly, keeping first and last
  double aurc = 0;                                // mean risk over the coverages 1/n .. n/n
  double accuracy_at_80 = 0, accuracy_at_90 = 0;  // for the ceil(0.8 n), ceil(0.9 n) most confident
  double coverage_at_95 = 0;                      // largest coverage with accuracy >= 0.95; 0 if none
};

struct CalibrationReport {
  std::optional<Calibration> closed, open;
  std::optional<RiskCoverage> risk_coverage;  // closed and open together, each with its own confidence
};

CalibrationReport calibration_of(const std::vector<ScoredItem>& items);

Json calibration_json(const CalibrationReport& report);             // {"closed", "open"}
Json risk_coverage_json(const CalibrationReport& report);           // null if absent
std::string calibration_markdown(const CalibrationReport& report);  // "" without probabilities

}  // namespace llama32med
