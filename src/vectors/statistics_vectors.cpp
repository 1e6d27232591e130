// Rows of the protocol "stats": the numbers are in the text under "question".
#include <algorithm>
#include <cstdlib>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/scoring/statistics.h"
#include "vectors/row.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

// The integers in a text, in order, separated by any other characters.
std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < text.size();) {
    const auto begin = text.find_first_of("0123456789", i);
    if (begin == text.npos) break;
    const auto end = std::min(text.find_first_not_of("0123456789", begin), text.size());
    if (end - begin > 15) throw data_error("\"{}\": a number with more than 15 digits", text);
    numbers.push_back(std::stoll(text.substr(begin, end - begin)));
    i = end;
  }
  return numbers;
}

std::vector<std::int64_t> numbers_of(const Json& row, std::size_t fewest) {
  const auto found = row.find("question");
  if (found == row.end() || !found->is_string()) throw data_error("\"question\" is missing or not text");
  const auto text = found->get<std::string>();
  auto numbers = numbers_in(text);
  if (numbers.size() < fewest) throw data_error("\"{}\": {} numbers, {} are needed", text, numbers.size(), fewest);
  return numbers;
}

Tally fraction_of(const Json& row) {
  const auto numbers = numbers_of(row, 2);
  return {static_cast<double>(numbers[0]), numbers[1]};
}

// "324/355"
Json wilson(const Json& row) {
  const auto [low, high] = wilson95(fraction_of(row));
  return Json::array({100 * low, 100 * high});
}

Json percent_of(const Json& row) { return 100 * fraction_of(row).mean(); }

// "b=30, c=12"
Json mcnemar(const Json& row) {
  const auto numbers = numbers_of(row, 2);
  return mcnemar_exact_p(numbers[0], numbers[1]);
}

// "p=0.01, 0.04, 0.03": the adjusted values in the same order
Json holm(const Json& row) {
  std::vector<double> p;
  auto text = row_text_or(row, "question", "");
  for (char& c : text)
    if (std::string_view("0123456789.eE+-").find(c) == std::string_view::npos) c = ' ';
  for (const auto& word : split(text, ' '))
    if (!word.empty() && word.find_first_of("0123456789") != word.npos) p.push_back(std::strtod(word.c_str(), nullptr));
  if (p.empty()) throw data_error("no numbers under \"question\"");
  return holm_adjusted(p);
}

// "706 open items, 575 string matches; 131 mismatches reviewed by 3 raters with 17, 18 and 20 accepts":
// (matches + mean of the raters' accepts) / items
Json human_open(const Json& row) {
  const auto numbers = numbers_of(row, 5);
  const std::int64_t items = numbers[0], matches = numbers[1], mismatches = numbers[2], raters = numbers[3];
  if (raters < 1 || std::ssize(numbers) != 4 + raters || matches + mismatches > items)
    throw data_error("\"{}\" is not: items, matches, mismatches, raters, one number of accepts a rater",
                     row_text(row, "question"));
  std::int64_t accepts = 0;
  for (std::size_t i = 4; i < numbers.size(); ++i) accepts += numbers[i];
  const double right = static_cast<double>(matches) + static_cast<double>(accepts) / static_cast<double>(raters);
  return 100 * Tally{right, items}.mean();
}

}  // namespace

std::vector<VectorMetric> statistics_vectors() {
  return {{"stats", "wilson95_percent", wilson},
          {"stats", "percent", percent_of},
          {"stats", "mcnemar_exact_p", mcnemar},
          {"stats", "holm_p", holm},
          {"stats", "human_open_percent", human_open}};
}

}  // namespace llama32med
