#include "llama32med/scoring/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "llama32med/core/random.h"

namespace llama32med {
namespace {

struct Scores {
  std::vector<std::string> images;
  std::vector<double> values;

  std::vector<ImageScore> list() const {
    std::vector<ImageScore> scores;
    for (std::size_t i = 0; i < images.size(); ++i) scores.push_back({&images[i], values[i]});
    return scores;
  }
};

// `images` images with `items` items each, whose scores are correlated within an image.
Scores made_up(std::size_t images, std::size_t items_each, double share) {
  RandomStream random(fnv1a64("bootstrap_test"));
  Scores scores;
  for (std::size_t image = 0; image < images; ++image) {
    const bool common = random.uniform() < 0.6;
    for (std::size_t i = 0; i < items_each; ++i) {
      const bool own = random.uniform() < 0.6, follows = random.uniform() < share;
      scores.images.push_back("image" + std::to_string(image));
      scores.values.push_back((follows ? common : own) ? 1 : 0);
    }
  }
  return scores;
}

// Reference: the same draws and means in Python, with exact fractions.
TEST(ImageBootstrap, IsFixedForItsSeed) {
  auto scores = made_up(41, 5, 0.3);
  scores.images.resize(202), scores.values.resize(202);  // not all images have equally many items
  const auto interval = ImageBootstrap(scores.images).interval95(scores.list()).value();
  EXPECT_DOUBLE_EQ(interval.low, 0.5678391959798995);
  EXPECT_DOUBLE_EQ(interval.high, 0.7170731707317073);
  const auto other = ImageBootstrap(scores.images, 1).interval95(scores.list()).value();
  EXPECT_DOUBLE_EQ(other.low, 0.5693069306930693);
}

TEST(ImageBootstrap, TheOrderOfItemsDoesNotMatter) {
  auto scores = made_up(30, 4, 0.3);
  for (std::size_t i = 0; i < scores.values.size(); ++i) scores.values[i] = scores.values[i] / 3 + 0.1 * (i % 7);
  const auto interval = ImageBootstrap(scores.images).interval95(scores.list()).value();
  const auto clustering = clustering_of(scores.list());
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    auto shuffled = scores;
    RandomStream(seed).shuffle(shuffled.images);
    RandomStream(seed).shuffle(shuffled.values);
    const auto again = ImageBootstrap(shuffled.images).interval95(shuffled.list()).value();
    EXPECT_EQ(again.low, interval.low);
    EXPECT_EQ(again.high, interval.high);
    EXPECT_EQ(clustering_of(shuffled.list()).clustered_se, clustering.clustered_se);
  }
}

TEST(ImageBootstrap, HalfItsWidthIsTwoClusteredErrors) {
  for (const double share : {0.0, 0.5, 1.0}) {
    const auto scores = made_up(300, 6, share);
    const auto clustering = clustering_of(scores.list());
    const auto interval = ImageBootstrap(scores.images).interval95(scores.list()).value();
    EXPECT_NEAR((interval.high - interval.low) / 2, 1.96 * clustering.clustered_se, 0.12 * clustering.clustered_se);
  }
}

TEST(ImageBootstrap, SubsetsShareResamples) {
  const auto scores = made_up(50, 4, 0.2);
  const ImageBootstrap bootstrap(scores.images);
  EXPECT_EQ(bootstrap.images(), 50u);
  EXPECT_FALSE(bootstrap.interval95({}));
  EXPECT_FALSE(bootstrap.interval95({{&scores.images[0], 1}}));  // a single image has no variance
  const auto two = std::find_if(scores.images.begin(), scores.images.end(),
                                [&](const std::string& image) { return image != scores.images[0]; });
  const auto pair = bootstrap.interval95({{&scores.images[0], 1}, {&*two, 1}}).value();  // without resamples of neither
  EXPECT_EQ(pair.low, 1);
  EXPECT_EQ(pair.high, 1);
}

TEST(Clustering, ByHand) {
  // Image a: 1 1, image b: 0 0, mean 0.5: naive^2 = 4 * 0.25 / (4 * 3), clustered^2 = (1 + 1) / 16.
  const Scores scores{{"a", "a", "b", "b"}, {1, 1, 0, 0}};
  const auto clustering = clustering_of(scores.list());
  EXPECT_EQ(clustering.images, 2);
  EXPECT_DOUBLE_EQ(clustering.naive_se, std::sqrt(1.0 / 12));
  EXPECT_DOUBLE_EQ(clustering.clustered_se, std::sqrt(2.0 / 16));
  const Scores apart{{"a", "b", "c", "d"}, {1, 1, 0, 0}};
  EXPECT_DOUBLE_EQ(clustering_of(apart.list()).ratio(), std::sqrt(3.0 / 4));  // n against n - 1
}

}  // namespace
}  // namespace llama32med
