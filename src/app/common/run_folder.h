// The folder of a run says which run it is, so that the same command goes on with it and another one does not.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Writes `identity` to config.json, or checks that it stands there already. Throws Error{kUsage} that names what
// differs.
void claim_run_folder(const std::filesystem::path& folder, const Json& identity);

// The first dotted path at which two values differ, with both values: `generate.seed: 0 here, 1 there`; "" if equal.
std::string first_difference(const Json& here, const Json& there);

}  // namespace llama32med
