#include "app/paper/paper_problems.h"

#include <algorithm>

#include "llama32med/core/strings.h"

namespace llama32med {
void PaperProblems::add(const std::string& place, ErrorKind kind, const std::string& what) {
  const auto same = std::ranges::find_if(problems_, [&](const Problem& p) { return p.what == what; });
  if (same == problems_.end())
    problems_.push_back({kind, what, {place}});
  else if (std::ranges::find(same->places, place) == same->places.end())
    same->places.push_back(place);
}

void PaperProblems::throw_if_any(const std::string& hidden, const std::string& shown) const {
  if (problems_.empty()) return;
  std::vector<std::string> lines;
  for (const auto& [kind, what, places] : problems_) {
    const auto number = problems_.size() == 1 ? "" : fmt::format("({}) ", lines.size() + 1);
    lines.push_back(
        fmt::format("{}{}: {}", number, join(places, ", "), hidden.empty() ? what : replaced(what, hidden, shown)));
  }
  const auto kind = std::ranges::min(problems_, {}, &Problem::kind).kind;
  const auto count = problems_.size() == 1 ? "1 problem" : fmt::format("{} problems", problems_.size());
  throw Error(kind, fmt::format("paper: {}, nothing was run: {}", count, join(lines, "; ")));
}

}  // namespace llama32med
