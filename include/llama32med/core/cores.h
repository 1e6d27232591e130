// How many processor cores this process may use.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>

namespace llama32med {

// Cores of the affinity mask, or the CPU quota of the control groups where that is smaller. At least 1.
std::size_t available_cores();

// The CPU quota of this process in cores, rounded up: the smallest one of its control group and the groups above it,
// version 1 or 2; none if all are unlimited. Files are read below `root`, which is "/" except in tests.
std::optional<std::size_t> cpu_quota(const std::filesystem::path& root);

}  // namespace llama32med
