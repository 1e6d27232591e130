#include "llama32med/core/address_space.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(AddressSpace, EndsBeforeThatOfTheProcessor) {
  EXPECT_TRUE(has_address_space(1 << 20));
  EXPECT_FALSE(has_address_space(std::size_t{1} << 60));
}

}  // namespace
}  // namespace llama32med
