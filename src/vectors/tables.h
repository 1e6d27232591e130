// One table per family of rules; run_vectors joins them.
#pragma once
#include <string_view>
#include <vector>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct VectorMetric {
  std::string_view protocol, metric;
  Json (*value)(const Json& row);  // throws Error{kData} if the row lacks a key
};

std::vector<VectorMetric> protocol_vectors();    // with code_base_vectors()
std::vector<VectorMetric> code_base_vectors();   // scoring functions of other code bases
std::vector<VectorMetric> other_code_vectors();  // the part of code_base_vectors() for code bases with few functions
std::vector<VectorMetric> caption_vectors();
std::vector<VectorMetric> statistics_vectors();
std::vector<VectorMetric> judge_vectors();

}  // namespace llama32med
