// Does the model know when it is right? From probabilities of a run; absent where predictions have none.
//
// closed items (reference yes or no): p = p_yes / (p_yes + p_no); the answer that is judged is the likelier of the two
//   confidence max(p, 1 - p), Brier (p - [reference is yes])^2
// open items: confidence exp(log-probability / answer tokens), the geometric mean of its tokens' probabilities;
//   correct where the protocol's score is at least 0.5
// ECE: 15 bins of equal mass by confidence (ties by id), sum over bins of (n / N) |accuracy - mean confidence|.
// AUROC: of confidence for correctness, ties count half.
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
  std::optional<double> auroc;  // absent where all are right or all are wrong
  std::vector<CalibrationBin> bins;
};

// Answers in order of falling confidence: of the surest share (coverage), the share that is wrong by the protocol
// (risk; a score of 0.5 or more is right). Among equal confidences: the mean over all their orders.
struct RiskCoverage {
  struct Point {
    double coverage = 0, risk = 0;
  };
  std::int64_t n = 0;
  std::vector<Point> points;                      // at most 101: thinned evenly, first and last kept
  double aurc = 0;                                // mean risk over the coverages 1/n .. n/n
  double accuracy_at_80 = 0, accuracy_at_90 = 0;  // of the surest ceil(0.8 n), ceil(0.9 n)
  double coverage_at_95 = 0;                      // largest coverage with accuracy >= 0.95; 0: none
};

struct CalibrationReport {
  std::optional<Calibration> closed, open;
  std::optional<RiskCoverage> risk_coverage;  // closed and open together, each by its confidence
};

CalibrationReport calibration_of(const std::vector<ScoredItem>& items);

Json calibration_json(const CalibrationReport& report);             // {"closed", "open"}
Json risk_coverage_json(const CalibrationReport& report);           // null where absent
std::string calibration_markdown(const CalibrationReport& report);  // "" where there are no probabilities

}  // namespace llama32med
