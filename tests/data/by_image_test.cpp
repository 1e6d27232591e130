#include "llama32med/data/by_image.h"

#include <gtest/gtest.h>

#include "data/data_fixture.h"

namespace llama32med {
namespace {

std::vector<Record> records_about(const std::vector<std::string>& images) {
  std::vector<Record> records;
  for (const auto& image : images) records.push_back({.id = std::to_string(records.size()), .image_id = image});
  return records;
}

TEST(ByImage, ImagesByFirstAppearanceRecordsInTheirOrder) {
  const auto records = records_about({"b", "a", "b", "c", "a", "b"});
  EXPECT_EQ(group_by_image(records), (std::vector<RecordIndices>{{0, 2, 5}, {1, 4}, {3}}));
  EXPECT_EQ(test::ids_of(order_by_image(records)), (std::vector<std::string>{"0", "2", "5", "1", "4", "3"}));
  EXPECT_TRUE(group_by_image({}).empty());
}

TEST(ByImage, OrderingTwiceIsOrderingOnce) {
  const auto once = order_by_image(records_about({"b", "a", "b", "c", "a", "b"}));
  EXPECT_EQ(test::ids_of(order_by_image(once)), test::ids_of(once));
}

}  // namespace
}  // namespace llama32med
