// What the image contributes: the run against the same model with other images (shuffled) or none (blank).
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/report/comparison.h"

namespace llama32med {

struct ImageGain {
  std::string condition;             // image condition of the second run: "shuffled", "blank", ...
  Comparison closed, open, overall;  // normal - condition

  // Whether the interval of the overall gain includes 0: then there is no evidence that the model uses its images.
  bool flagged() const { return overall.includes_zero(); }
};

// Throws like compare_runs().
ImageGain image_gain(const std::vector<ScoredItem>& normal, const ComparedRun& without, const Protocol& protocol);

Json image_gains_json(const std::vector<ImageGain>& gains);
// For the terminal, one line per condition in a report.json; "" if there are none:
//   image gain, shuffled: +12.34 points overall (95 % by image +10.1 to +14.6)
std::string image_gains_text(const Json& report);
std::string image_gains_markdown(const std::vector<ImageGain>& gains);

}  // namespace llama32med
