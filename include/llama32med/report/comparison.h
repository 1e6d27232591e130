// Two runs over the same items under one protocol.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/estimate.h"

namespace llama32med {

struct ComparedRun {
  std::string name;
  const std::vector<ScoredItem>* items = nullptr;
};

struct Comparison {
  std::string first, second, protocol;  // names
  std::int64_t n = 0;
  Tally first_tally, second_tally;
  // A score of at least 0.5 is correct. The tests are absent unless every score is 0 or 1.
  std::int64_t both = 0, first_only = 0, second_only = 0, neither = 0;
  std::optional<double> mcnemar_p, holm_p;  // Holm: within the family
  double difference = 0;                    // mean of first - second
  Interval bootstrap95;                     // interval of the difference, paired, by image

  bool includes_zero() const { return bootstrap95.low <= 0 && bootstrap95.high >= 0; }
};

// If the runs do not have the same item ids, throws an Error{kData} that names some of them.
Comparison compare_runs(const ComparedRun& first, const ComparedRun& second, const Protocol& protocol);

// Fills in holm_p for comparisons that have a McNemar p.
void correct_family(std::vector<Comparison>& family);

// Compares every run with every later one, corrected as one family.
std::vector<Comparison> compare_all(const std::vector<ComparedRun>& runs, const Protocol& protocol);

Json comparison_json(const Comparison& comparison);
Json comparisons_json(const std::vector<Comparison>& family);
std::string comparisons_markdown(const std::vector<Comparison>& family);

}  // namespace llama32med
