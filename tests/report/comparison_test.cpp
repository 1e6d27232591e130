#include "llama32med/report/comparison.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "report/scored_items.h"
#include "support/expect_error.h"

namespace llama32med::test {
namespace {

using ::testing::HasSubstr;

TEST(Comparison, McNemarAndInterval) {
  const TestRun first(discordant(30, 12, 8, true)), second(discordant(30, 12, 8, false));
  const auto comparison = compare_runs({"a", &first.scored()}, {"b", &second.scored()}, first.rule());
  EXPECT_EQ(comparison.first_only, 30);
  EXPECT_EQ(comparison.second_only, 12);
  EXPECT_EQ(comparison.both, 8);
  EXPECT_EQ(comparison.neither, 0);
  EXPECT_NEAR(*comparison.mcnemar_p, 0.007915897334896727, 1e-15);
  EXPECT_DOUBLE_EQ(comparison.difference, 18.0 / 50);
  EXPECT_FALSE(comparison.includes_zero());
  const auto shuffled = second.shuffled();
  const auto again = compare_runs({"a", &first.scored()}, {"b", &shuffled}, first.rule());
  EXPECT_EQ(comparison_json(again), comparison_json(comparison));
  const auto swapped = compare_runs({"b", &second.scored()}, {"a", &first.scored()}, first.rule());
  EXPECT_EQ(swapped.bootstrap95.low, -comparison.bootstrap95.high);
}

TEST(Comparison, AFamilyOfTestsIsCorrected) {
  const TestRun a(discordant(30, 12, 8, true)), b(discordant(30, 12, 8, false)), c(discordant(25, 25, 0, true));
  const auto family = compare_all({{"a", &a.scored()}, {"b", &b.scored()}, {"c", &c.scored()}}, a.rule());
  ASSERT_EQ(family.size(), 3u);
  for (const auto& comparison : family) EXPECT_GE(*comparison.holm_p, *comparison.mcnemar_p);
  EXPECT_THAT(comparisons_markdown(family), HasSubstr("Holm p"));
}

TEST(Comparison, DifferentItemsAreRejected) {
  const TestRun first(discordant(2, 1, 0, true)), second(discordant(2, 2, 0, true));
  EXPECT_ERROR(compare_runs({"a", &first.scored()}, {"b", &second.scored()}, first.rule()), ErrorKind::kData, "id3",
               "\"b\" are not in \"a\"");
}

}  // namespace
}  // namespace llama32med::test
