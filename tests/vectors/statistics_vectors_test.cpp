#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "support/expect_error.h"
#include "vectors/tables.h"

namespace llama32med::test {
namespace {

Json value_of(std::string_view metric, const std::string& question) {
  for (const auto& known : statistics_vectors())
    if (known.metric == metric) return known.value({{"question", question}});
  return nullptr;
}

// Rows of the published vectors.
TEST(StatisticsVectors, ReadTheNumbersOfTheText) {
  const auto wilson = value_of("wilson95_percent", "324/355");
  EXPECT_NEAR(wilson[0].get<double>(), 87.87, 5e-3);
  EXPECT_NEAR(wilson[1].get<double>(), 93.78, 5e-3);
  EXPECT_NEAR(value_of("mcnemar_exact_p", "b=10, c=2").get<double>(), 0.03857, 5e-6);
  EXPECT_NEAR(value_of("human_open_percent",
                       "706 open items, 575 string matches; 131 mismatches reviewed by 3 raters with 17, 18 and 20 "
                       "accepts")
                  .get<double>(),
              84.0415, 5e-5);
  EXPECT_NEAR(value_of("holm_p", "p=0.01, 4e-2, 0.03")[1].get<double>(), 0.06, 1e-12);
}

TEST(StatisticsVectors, IncompleteLines) {
  EXPECT_ERROR(value_of("mcnemar_exact_p", "b=10"), ErrorKind::kData, "b=10", "1 numbers, 2");
  EXPECT_ERROR(value_of("human_open_percent", "10 items, 5 matches; 5 by 3 raters with 1"), ErrorKind::kData, "raters");
  EXPECT_ERROR(value_of("holm_p", "none"), ErrorKind::kData, "no numbers");
}

}  // namespace
}  // namespace llama32med::test
