// A run's folder records which run it holds: the same command resumes it, another one is refused.
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
  std::string results = {};  // nobody could say which run they belong to without the identity; empty: none
};

// Whether the folder holds the run of this identity.
bool holds_run(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files = {});

// Writes `identity` into the folder, or checks that it is there already. Throws Error{kUsage} that names what differs,
// and where the folder holds results without an identity.
void claim_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files = {});

// The first dotted path, in the order of `here`, at which two values differ, with both values, long ones cut:
// `generate.seed: 0 here, 1 there`; "" if equal. A key that is null equals one that is absent.
std::string first_difference(const Json& here, const Json& there);

}  // namespace llama32med
