// A run folder records which run it contains: the same command resumes it, a different one is rejected.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

enum class Resume {
  kAuto,  // an unfinished run of the same identity is resumed
  kFresh  // --fresh: what an earlier run left is discarded first
};

struct ClaimFiles {
  std::string identity = "config.json";
  // What a run leaves once it has begun: files and folders that are not empty. Without them a folder holds no run yet,
  // and another one may take it.
  std::vector<std::string> results = {};
};

// Whether the folder contains the run with this identity.
bool holds_run(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files = {});

// Whether the folder is free or contains the run with this identity. Throws an Error{kUsage} that names the difference,
// or if the folder contains results without an identity, or files of another kind of run. With Resume::kFresh only the
// last is an error. Writes nothing: a folder is claimed once everything else about a run is accepted.
void check_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files,
                      Resume resume = Resume::kAuto);

// Checks, then writes `identity` to the folder.
void claim_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files = {});

// Throws Error{kUsage} if one of these files exists: `out` would be overwritten, and `what` did not write it.
void refuse_files(const std::filesystem::path& out, const std::vector<std::string>& names, const std::string& what);

// The first dotted path, in the order of `here`, at which two values differ, with both values, shortened:
// `generate.seed: 0 here, 1 there`; "" if equal. A key that is null equals one that is absent.
std::string first_difference(const Json& here, const Json& there);

}  // namespace llama32med
