#include "llama32med/core/byte_size.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

TEST(ByteSize, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_byte_size("--memory", "24GiB"), 24LL << 30);
  EXPECT_EQ(parse_byte_size("--memory", "24 gib"), 24LL << 30);
  EXPECT_EQ(parse_byte_size("--memory", "24G"), 24LL << 30);
  EXPECT_EQ(parse_byte_size("--memory", "24GB"), 24'000'000'000LL);
  EXPECT_EQ(parse_byte_size("--memory", "1.5MiB"), 3LL << 19);
}

TEST(ByteSize, RefusesEverythingElse) {
  for (const char* text : {"", "24", "GiB", "-1GiB", "0GiB", "infGiB", "nanGiB", "24 apples", "1e30TiB", "1e-57M"})
    EXPECT_ERROR(parse_byte_size("--memory", text), ErrorKind::kUsage, "--memory", "24GiB");
}

}  // namespace
}  // namespace llama32med
