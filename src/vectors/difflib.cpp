// Ratcliff-Obershelp similarity as in Python's difflib: the longest common run, then recursively left and right of it.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "llama32med/metrics/code_points.h"
#include "vectors/multiple_choice.h"

namespace llama32med {
namespace {

constexpr std::size_t kPopularFrom = 200;  // from this length of the second text on, characters above 1 % are junk

struct Range {
  std::size_t first_begin, first_end, second_begin, second_end;
};
struct Match {
  std::size_t first, second, size;
};
using Places = std::unordered_map<char32_t, std::vector<std::size_t>>;

Places places_of_characters(const std::u32string& text) {
  Places places;
  for (std::size_t i = 0; i < text.size(); ++i) places[text[i]].push_back(i);
  if (text.size() >= kPopularFrom)
    std::erase_if(places, [&](const auto& entry) { return entry.second.size() > text.size() / 100 + 1; });
  return places;
}

// The longest run without junk, the first on a tie; then extended at both ends, where junk may match too.
Match longest_match(const std::u32string& first, const std::u32string& second, const Places& places, Range range) {
  Match best{range.first_begin, range.second_begin, 0};
  // position in the second text -> length of the run that ends there
  std::unordered_map<std::size_t, std::size_t> runs;
  for (std::size_t i = range.first_begin; i < range.first_end; ++i) {
    std::unordered_map<std::size_t, std::size_t> longer;
    const auto found = places.find(first[i]);
    if (found != places.end()) {
      for (const std::size_t j : found->second) {
        if (j < range.second_begin) continue;
        if (j >= range.second_end) break;
        const auto before = j > 0 ? runs.find(j - 1) : runs.end();
        const std::size_t size = longer[j] = (before == runs.end() ? 0 : before->second) + 1;
        if (size > best.size) best = {i + 1 - size, j + 1 - size, size};
      }
    }
    runs = std::move(longer);
  }
  while (best.first > range.first_begin && best.second > range.second_begin &&
         first[best.first - 1] == second[best.second - 1])
    --best.first, --best.second, ++best.size;
  while (best.first + best.size < range.first_end && best.second + best.size < range.second_end &&
         first[best.first + best.size] == second[best.second + best.size])
    ++best.size;
  return best;
}

}  // namespace

double difflib_ratio(std::string_view first_text, std::string_view second_text) {
  const std::u32string first = code_points(first_text), second = code_points(second_text);
  if (first.empty() && second.empty()) return 1;
  const Places places = places_of_characters(second);
  std::size_t matched = 0;
  std::vector<Range> open = {{0, first.size(), 0, second.size()}};
  while (!open.empty()) {
    const Range range = open.back();
    open.pop_back();
    const Match match = longest_match(first, second, places, range);
    if (match.size == 0) continue;
    matched += match.size;
    open.push_back({range.first_begin, match.first, range.second_begin, match.second});
    open.push_back({match.first + match.size, range.first_end, match.second + match.size, range.second_end});
  }
  return 2 * static_cast<double>(matched) / static_cast<double>(first.size() + second.size());
}

}  // namespace llama32med
