// A run's folder records which run it holds: the same command resumes it, another one is refused.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Writes `identity` to config.json, or checks that config.json already holds it. Throws Error{kUsage} that names the
// first difference.
void claim_run_folder(const std::filesystem::path& folder, const Json& identity);

// The first dotted path at which two values differ, with both values: `generate.seed: 0 here, 1 there`; "" if equal.
std::string first_difference(const Json& here, const Json& there);

}  // namespace llama32med
