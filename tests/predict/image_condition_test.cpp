#include "llama32med/predict/image_condition.h"

#include <gtest/gtest.h>

#include <set>

#include "llama32med/image/mllama_image_processor.h"

namespace llama32med::test {
namespace {

std::vector<Record> records(int images) {
  std::vector<Record> list;
  for (int i = 0; i < 2 * images; ++i) {
    Record record;
    record.id = std::to_string(i), record.image_id = "image" + std::to_string(i % images);
    list.push_back(record);
  }
  return list;
}

TEST(ImageCondition, ShufflingMovesEveryImageAndUsesEachOnce) {
  for (const int images : {2, 3, 50})
    for (const std::uint64_t seed : {0, 1, 2}) {
      const auto data = records(images);
      const auto shown = shuffled_images(data, seed);
      std::set<std::string> seen;
      for (const auto& [own, other] : shown) {
        EXPECT_NE(own, other->image_id);
        seen.insert(other->image_id);
      }
      EXPECT_EQ(seen.size(), static_cast<std::size_t>(images));
    }
}

TEST(ImageCondition, TheOrderOfRecordsDoesNotMatter) {
  const auto data = records(20);
  const std::vector<Record> reversed(data.rbegin(), data.rend());
  const auto one = shuffled_images(data, 5), two = shuffled_images(reversed, 5);
  for (const auto& [own, other] : one) EXPECT_EQ(two.at(own)->image_id, other->image_id);
}

TEST(ImageCondition, BlankIsOneTileOfTheMeanColor) {
  const MllamaImageProcessor processor({.tile_size = 4, .max_tiles = 4});
  const auto blank = blank_image(processor);
  EXPECT_EQ(blank.extent.grid.count(), 1);
  const auto& scaling = processor.scaling();
  for (std::size_t c = 0; c < 3; ++c)
    EXPECT_NEAR(blank.pixels[16 * c] * scaling.rescale_factor, scaling.mean[c], 0.5 * scaling.rescale_factor + 1e-6);
}

}  // namespace
}  // namespace llama32med::test
