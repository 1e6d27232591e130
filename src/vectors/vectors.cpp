#include "llama32med/vectors/vectors.h"

#include <algorithm>
#include <cmath>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_lines.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

std::vector<VectorMetric> all_vectors() {
  std::vector<VectorMetric> table;
  for (const auto& family : {protocol_vectors(), caption_vectors(), statistics_vectors(), judge_vectors()})
    table.insert(table.end(), family.begin(), family.end());
  return table;
}

std::string text_or_empty(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_string() ? found->get<std::string>() : "";
}

VectorResult run_row(const Json& row, const std::string& where, const std::vector<VectorMetric>& table) {
  if (!row.is_object()) throw data_error("{}: a test vector is an object, this is {}", where, row.type_name());
  VectorResult result{text_or_empty(row, "id"), text_or_empty(row, "protocol"), text_or_empty(row, "metric"), "null",
                      "null"};
  if (result.id.empty()) result.id = where;
  const auto metric = std::find_if(table.begin(), table.end(), [&](const VectorMetric& entry) {
    return entry.protocol == result.protocol && entry.metric == result.metric;
  });
  if (metric == table.end()) {
    result.problem = fmt::format("metric \"{}\" of protocol \"{}\" is not known", result.metric, result.protocol);
  } else if (!row.contains("expected")) {
    result.problem = "\"expected\" is missing";
  } else {
    result.expected = json_line(row["expected"]);
    try {
      const Json value = metric->value(row);
      result.value = json_line(value);
      result.agrees = vector_agrees(value, row["expected"]);
    } catch (const Error& error) {
      result.problem = error.what();
    }
  }
  return result;
}

// Number of decimals when printed: 84.0415 has 4, 1.0 has none.
int decimals_of(const Json& number) {
  const std::string text = fmt::format("{}", number.get<double>());
  const auto point = text.find('.');
  return point == text.npos || text.find('e') != text.npos ? 0 : static_cast<int>(text.size() - point - 1);
}

bool is_numeric(const Json& value) { return value.is_number() || value.is_boolean(); }
double number_of(const Json& value) { return value.is_boolean() ? (value.get<bool>() ? 1 : 0) : value.get<double>(); }

bool numbers_agree(const Json& value, const Json& expected, int decimals) {
  const double ours = number_of(value), theirs = number_of(expected), unit = std::pow(10.0, -decimals);
  if (std::abs(ours - theirs) <= 1e-6) return true;
  if (decimals < 2) return false;
  const bool rounded = std::abs(ours - theirs) <= 0.5000001 * unit;
  const bool cut_off = ours >= theirs && ours - theirs < unit;
  return rounded || cut_off;
}

}  // namespace

bool vector_agrees(const Json& value, const Json& expected) {
  if (is_numeric(value) && is_numeric(expected))
    return numbers_agree(value, expected, expected.is_number() ? decimals_of(expected) : 0);
  if (!value.is_array() || !expected.is_array()) return value == expected;
  if (value.size() != expected.size()) return false;
  int decimals = 0;
  for (const auto& entry : expected)
    if (entry.is_number()) decimals = std::max(decimals, decimals_of(entry));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool numeric = is_numeric(value[i]) && is_numeric(expected[i]);
    if (numeric ? !numbers_agree(value[i], expected[i], decimals) : value[i] != expected[i]) return false;
  }
  return true;
}

std::vector<VectorResult> run_vectors(const std::filesystem::path& file) {
  const auto table = all_vectors();
  std::vector<VectorResult> results;
  for_each_json_line(file,
                     [&](const Json& row, const std::string& where) { results.push_back(run_row(row, where, table)); });
  return results;
}

}  // namespace llama32med
