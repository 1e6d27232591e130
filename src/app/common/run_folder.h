// A run folder records which run it contains: the same command resumes it, a different one is rejected.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

enum class Resume {
  kAuto,  // an unfinished run of the same identity is resumed
  kFresh  // --fresh: what an earlier run left is discarded first
};

struct ClaimFiles {
  std::string identity = "config.json";
  std::string results = {};  // results that cannot be attributed without the identity; empty: none
};

// Whether the folder contains the run with this identity.
bool holds_run(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files = {});

// Writes `identity` to the folder, or checks that the folder already has the same one. Throws an Error{kUsage} that
// names the difference, or if the folder contains results without an identity.
void claim_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files = {});

// The first dotted path, in the order of `here`, at which two values differ, with both values, shortened:
// `generate.seed: 0 here, 1 there`; "" if equal. A key that is null equals one that is absent.
std::string first_difference(const Json& here, const Json& there);

}  // namespace llama32med
