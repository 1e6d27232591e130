// A list of ids for an error: the first few, and how many more there are.
#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "llama32med/core/strings.h"

namespace llama32med {

inline std::string listed(std::vector<std::string> ids) {
  static constexpr std::size_t kShown = 20;
  const auto count = ids.size();
  if (count <= kShown) return join(ids, ", ");
  ids.resize(kShown);
  return fmt::format("{} and {} more", join(ids, ", "), count - kShown);
}

}  // namespace llama32med
