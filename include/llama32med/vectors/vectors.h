// Test vectors for scoring rules: lines {id, protocol, metric, reference, prediction, annotated_answer_type, expected,
// ...} derived from published code. Each (protocol, metric) is a function of the line; running a file compares results.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct VectorResult {
  std::string id, protocol, metric;
  std::string value, expected;  // as JSON
  bool agrees = false;
  std::string problem;  // why there is no value: an unknown metric, a missing key
};

// Throws Error{kData} if the file cannot be read or a line is not a JSON object.
std::vector<VectorResult> run_vectors(const std::filesystem::path& file);

// Numbers agree within 1e-6, or if ours, rounded or truncated to the decimals of `expected` (at least two; in a list,
// the most of any element), equals it; true is 1 and false 0. Anything else must be equal.
bool vector_agrees(const Json& value, const Json& expected);

}  // namespace llama32med
