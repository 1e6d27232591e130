#include "llama32med/core/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Module, AMissingOneSaysWhereItWasLookedFor) {
  const auto module = open_module("of_nobody");
  EXPECT_FALSE(module.found);
  EXPECT_EQ(module.handle, nullptr);
  EXPECT_EQ(module.symbol("anything"), nullptr);
  EXPECT_THAT(module.problem, testing::HasSubstr("libllama32med_of_nobody.so is not in "));
  EXPECT_THAT(module.problem, testing::HasSubstr("tests/lib"));  // beside the program's folder, tests/core
}

}  // namespace
}  // namespace llama32med
