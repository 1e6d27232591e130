#include "llama32med/core/error.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Error, CarriesItsKindAndText) {
  const auto error = data_error("{}: record {} is empty", "train.json", 7);
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_STREQ(error.what(), "train.json: record 7 is empty");
  EXPECT_EQ(static_cast<int>(usage_error("x").kind()), 2);
  EXPECT_EQ(static_cast<int>(resource_error("x").kind()), 4);
}

}  // namespace
}  // namespace llama32med
