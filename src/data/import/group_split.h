// Splits groups of records (patients, images, single records), so that no group is on two sides. The same on every
// machine: groups are ordered by a number that is a pure function of seed and group name, and the first ones are the
// test split, the next ones the validation split.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "llama32med/data/import.h"

namespace llama32med {

inline constexpr std::uint32_t kNoPatient = UINT32_MAX;
inline constexpr std::array<const char*, 3> kDrawnSplits = {"train", "validate", "test"};

struct PlacedRecord {
  std::uint32_t image = 0;  // by contents
  std::uint32_t patient = kNoPatient;
  std::uint32_t split = 0;  // index of its split's name
  bool is_question = true;
};

// The split of each group, as an index of kDrawnSplits. A share above 0 gets at least one group, and training keeps one
// unless its share is 0. Throws Error{kUsage} for shares that are not 0 to 1, or more than 1 together.
std::vector<std::uint32_t> split_groups(const std::vector<std::string>& names, const SplitShares& shares,
                                        std::uint64_t seed);

// What the other splits share with split `train`.
ImportLeaks leaks_of(const std::vector<PlacedRecord>& records, std::uint32_t train);

}  // namespace llama32med
