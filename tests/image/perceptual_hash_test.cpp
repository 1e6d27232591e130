#include "llama32med/image/perceptual_hash.h"

#include <gtest/gtest.h>

#include <cmath>

#include "image/image_files.h"
#include "llama32med/image/resize.h"

namespace llama32med::test {
namespace {

// A bright disc on a dark ground, at (x, y) in parts of the side.
Picture disc(std::int64_t side, double x, double y) {
  Picture picture{{side, side}, 1, std::vector<std::uint8_t>(side * side)};
  for (std::int64_t i = 0; i < side; ++i)
    for (std::int64_t j = 0; j < side; ++j) {
      const double dy = (i + 0.5) / side - y, dx = (j + 0.5) / side - x;
      picture.pixels[i * side + j] = static_cast<std::uint8_t>(30 + 180 * std::exp(-20 * (dx * dx + dy * dy)));
    }
  return picture;
}

// References: Pillow 11 and numpy from the definition in the header.
TEST(PerceptualHash, IsFixed) {
  EXPECT_EQ(perceptual_hash(disc(100, 0.3, 0.4)), 9003543670585819907u);
  EXPECT_EQ(perceptual_hash(noise({32, 32}, 1, 1)), 6992433311434864015u);
}

TEST(PerceptualHash, SurvivesSizeBrightnessAndColor) {
  const auto hash = perceptual_hash(disc(200, 0.3, 0.4));
  EXPECT_LE(hamming_distance(hash, perceptual_hash(disc(333, 0.3, 0.4))), kNearDuplicate);
  EXPECT_LE(hamming_distance(hash, perceptual_hash(resize_bilinear(disc(200, 0.3, 0.4), {150, 90}))), kNearDuplicate);
  EXPECT_EQ(hash, perceptual_hash(to_rgb(disc(200, 0.3, 0.4))));
  auto brighter = disc(200, 0.3, 0.4);
  for (auto& pixel : brighter.pixels) pixel += 20;
  EXPECT_LE(hamming_distance(hash, perceptual_hash(brighter)), kNearDuplicate);
}

TEST(PerceptualHash, DistinguishesImages) {
  EXPECT_GT(hamming_distance(perceptual_hash(disc(200, 0.3, 0.4)), perceptual_hash(disc(200, 0.7, 0.6))),
            2 * kNearDuplicate);
  EXPECT_GT(hamming_distance(perceptual_hash(noise({64, 64}, 1, 1)), perceptual_hash(noise({64, 64}, 1, 2))),
            2 * kNearDuplicate);
}

TEST(PerceptualHash, DistanceCountsBits) { EXPECT_EQ(hamming_distance(0b1011, 0b0010), 2); }

}  // namespace
}  // namespace llama32med::test
