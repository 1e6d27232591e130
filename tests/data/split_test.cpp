#include "llama32med/data/split.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace llama32med {
namespace {

std::vector<Record> made_up(int images, int questions) {
  std::vector<Record> records;
  for (int q = 0; q < questions; ++q)
    for (int i = 0; i < images; ++i) {
      Record record;
      record.id = std::to_string(records.size());
      record.image_id = "image" + std::to_string(i);
      records.push_back(record);
    }
  return records;
}

std::set<std::string> images_of(const std::vector<Record>& records) {
  std::set<std::string> images;
  for (const auto& record : records) images.insert(record.image_id);
  return images;
}

TEST(Split, NoImageIsOnBothSides) {
  const auto parts = carve_by_image(made_up(50, 3), 0.1, 7);
  EXPECT_EQ(parts.carved.size(), 15u);
  EXPECT_EQ(parts.rest.size(), 135u);
  for (const auto& image : images_of(parts.carved)) EXPECT_FALSE(images_of(parts.rest).contains(image));
  const auto number = [](const Record& a, const Record& b) { return std::stoi(a.id) < std::stoi(b.id); };
  EXPECT_TRUE(std::is_sorted(parts.rest.begin(), parts.rest.end(), number));
  EXPECT_TRUE(std::is_sorted(parts.carved.begin(), parts.carved.end(), number));
}

TEST(Split, DependsOnTheSeedAndNotOnTheOrder) {
  auto records = made_up(50, 2);
  const auto images = images_of(carve_by_image(records, 0.2, 1).carved);
  EXPECT_EQ(images.size(), 10u);
  EXPECT_NE(images_of(carve_by_image(records, 0.2, 2).carved), images);
  std::reverse(records.begin(), records.end());
  EXPECT_EQ(images_of(carve_by_image(records, 0.2, 1).carved), images);
}

TEST(Split, IsTheSameOnEveryMachine) {
  EXPECT_THAT(images_of(carve_by_image(made_up(20, 1), 0.15, 0).carved),
              ::testing::ElementsAre("image1", "image10", "image3"));
}

TEST(Split, SmallSets) {
  EXPECT_TRUE(carve_by_image({}, 0.1, 0).rest.empty());
  EXPECT_TRUE(carve_by_image(made_up(1, 4), 0.9, 0).carved.empty());
  EXPECT_EQ(carve_by_image(made_up(2, 1), 0.01, 0).carved.size(), 1u);
  EXPECT_EQ(carve_by_image(made_up(2, 1), 0.99, 0).rest.size(), 1u);
}

}  // namespace
}  // namespace llama32med
