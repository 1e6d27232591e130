// Test vectors of scoring rules: lines {id, protocol, metric, reference, prediction, annotated_answer_type, expected,
// ...} as published beside other people's code. Each (protocol, metric) is a function of the line; running a file
// compares.
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
  std::string problem;  // why there is no value: an unknown metric, a line that lacks something
};

// Throws Error{kData} for a file that cannot be read or holds lines that are no JSON objects.
std::vector<VectorResult> run_vectors(const std::filesystem::path& file);

// Numbers agree within 1e-6, or where `expected` prints ours, rounded or cut off, with its two or more decimals (in a
// list: with the most that any of it prints); true is 1 and false 0. All else must be equal.
bool vector_agrees(const Json& value, const Json& expected);

}  // namespace llama32med
