#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "vectors/tables.h"

namespace llama32med::test {
namespace {

Json value_of(std::string_view protocol, const char* text) {
  for (const auto& metric : judge_vectors())
    if (metric.protocol == protocol) return metric.value({{"prediction", text}});
  return "no such protocol";
}

TEST(JudgeVectors, ParsersOfOtherCodeBases) {
  EXPECT_EQ(value_of("judge-pefomed", "Score: 4"), 4);
  EXPECT_EQ(value_of("judge-pefomed", "Score: it is 10 or 3"), 3);
  EXPECT_EQ(value_of("judge-pefomed", "Score: 10"), "EXC:AttributeError");
  EXPECT_EQ(value_of("judge-pefomed", "score: 4"), "EXC:IndexError");
  EXPECT_EQ(value_of("judge-pefomed", "Score: 3.5"), "EXC:ValueError");
  EXPECT_EQ(value_of("judge-medevalkit", "<think>same</think>\n<judge>0</judge>"), true);
  EXPECT_EQ(value_of("judge-medevalkit", "<judge> 0 </judge>"), true);
  EXPECT_EQ(value_of("judge-medevalkit", "0"), true);
  EXPECT_EQ(value_of("judge-medevalkit", "<judge>1</judge>"), false);
  EXPECT_EQ(value_of("judge-medevalkit", "<judge>0</judge><judge>0</judge>"), false);
  EXPECT_EQ(value_of("judge-medevalkit", "<judge>0"), false);
}

}  // namespace
}  // namespace llama32med::test
