// Lists of ids and names for errors: the first ones, and that there are more.
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

// "a, b, c, ...": for a line that has given the number.
inline std::string first_three(std::vector<std::string> names) {
  static constexpr std::size_t kShown = 3;
  if (names.size() <= kShown) return join(names, ", ");
  names.resize(kShown);
  return join(names, ", ") + ", ...";
}

}  // namespace llama32med
