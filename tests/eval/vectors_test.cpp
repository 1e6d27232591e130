// Rows of tests/golden/eval_vectors.jsonl: a copy of those rows of the specification's vectors whose protocols exist
// here.
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/eval/protocol.h"
#include "llama32med/eval/statistics.h"
#include "llama32med/metrics/answer_text.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

Tally parse_fraction(const std::string& text) {  // "324/355"
  const auto parts = split(text, '/');
  return {std::stod(parts.at(0)), std::stoll(parts.at(1))};
}

void check_wilson(const Json& row) {
  const auto [low, high] = wilson95(parse_fraction(row["question"].get<std::string>()));
  EXPECT_NEAR(100 * low, row["expected"][0].get<double>(), 5e-3);
  EXPECT_NEAR(100 * high, row["expected"][1].get<double>(), 5e-3);
}

void check_type(const Json& row) {  // expected: by annotation, by yes or no
  const auto reference = row["reference"].get<std::string>();
  EXPECT_EQ(is_yes_or_no(reference) ? "CLOSED" : "OPEN", row["expected"][1].get<std::string>());
  EXPECT_EQ(row["annotated_answer_type"], row["expected"][0]);
}

void check_score(const Json& row) {
  const auto text = [&](const char* key) { return row[key].get<std::string>(); };
  const auto scored =
      protocol(text("protocol"))
          .score({text("question"), text("reference"), text("annotated_answer_type"), text("prediction")});
  EXPECT_EQ(scored.score, row["expected"].get<double>());
}

TEST(EvalVectors, AllRowsOfTheProtocolsThatExist) {
  int rows = 0;
  for (const auto& line : split(read_file(golden("eval_vectors.jsonl")), '\n')) {
    if (line.empty()) continue;
    const Json row = parse_json(line, "eval_vectors.jsonl");
    SCOPED_TRACE(row["id"].get<std::string>());
    if (row["metric"] == "wilson95_percent") {
      check_wilson(row);
    } else if (row["protocol"] == "answer-type") {
      check_type(row);
    } else {
      check_score(row);
    }
    ++rows;
  }
  EXPECT_EQ(rows, 18);
}

}  // namespace
}  // namespace llama32med::test
