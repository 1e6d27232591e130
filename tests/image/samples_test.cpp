#include "image/samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace llama32med {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes scaled(const Samples<float>& deep, float full_alpha) {
  return scale_to_bytes(deep, range_of_colors(deep), full_alpha).values;
}

TEST(Samples, DeepSamplesAreScaledFromTheirOwnRange) {
  const Samples<float> deep{{1, 4}, 1, {100, 612, 1124, 1636}};
  EXPECT_EQ(scaled(deep, 65535), (Bytes{0, 85, 170, 255}));
  EXPECT_EQ(scale_to_bytes(deep, IntensityWindow{612, 1124}, 65535).values, (Bytes{0, 0, 255, 255}));
  const Samples<float> constant{{1, 2}, 1, {5000, 5000}};
  EXPECT_EQ(scaled(constant, 65535), (Bytes{0, 0}));
}

TEST(Samples, AlphaIsNotPartOfTheRange) {
  const Samples<float> deep{{1, 2}, 4, {10, 20, 30, 65535, 10, 20, 20, 0}};
  EXPECT_EQ(scaled(deep, 65535), (Bytes{0, 128, 255, 255, 0, 128, 128, 0}));
}

TEST(Samples, NanIsBlack) {
  const float nothing = std::numeric_limits<float>::quiet_NaN(), endless = std::numeric_limits<float>::infinity();
  const Samples<float> deep{{1, 4}, 1, {0, nothing, 4, endless}};
  EXPECT_EQ(scaled(deep, 1), (Bytes{0, 0, 255, 255}));
  EXPECT_EQ(clip_or_shift_to_bytes(deep).values, (Bytes{0, 0, 4, 255}));
  const Samples<float> empty{{1, 1}, 1, {nothing}};
  EXPECT_EQ(scaled(empty, 1), Bytes{0});
}

TEST(Samples, ReferenceClipsGrayAndShiftsColor) {
  EXPECT_EQ(clip_or_shift_to_bytes({{1, 3}, 1, {7, 255, 4096}}).values, (Bytes{7, 255, 255}));
  EXPECT_EQ(clip_or_shift_to_bytes({{1, 1}, 3, {255, 256, 65535}}).values, (Bytes{0, 1, 255}));
}

TEST(Samples, WhiteShowsThroughAlpha) {
  for (int value = 0; value < 256; ++value)
    for (int alpha = 0; alpha < 256; ++alpha) {
      const Bytes rgba(4, static_cast<std::uint8_t>(value));
      Samples<std::uint8_t> samples{{1, 1}, 4, rgba};
      samples.values[3] = static_cast<std::uint8_t>(alpha);
      const double exact = (value * alpha + 255.0 * (255 - alpha)) / 255;
      ASSERT_EQ(composite_on_white(samples, AlphaKind::kStraight).pixels[0], std::lround(exact));
      ASSERT_EQ(composite_on_white(samples, AlphaKind::kIgnored).pixels[0], value);
      ASSERT_EQ(composite_on_white(samples, AlphaKind::kMultiplied).pixels[0], std::min(value + 255 - alpha, 255));
    }
}

TEST(Samples, TransparentColor) {
  const Bytes key = {9};
  EXPECT_EQ(key_to_alpha({{1, 2}, 1, {9, 8}}, key).values, (Bytes{9, 9, 9, 0, 8, 8, 8, 255}));
  const Bytes color = {1, 2, 3};
  EXPECT_EQ(key_to_alpha({{1, 2}, 3, {1, 2, 3, 1, 2, 4}}, color).values, (Bytes{1, 2, 3, 0, 1, 2, 4, 255}));
}

TEST(Samples, InksMultiply) {
  for (int ink = 0; ink < 256; ++ink)
    for (int black = 0; black < 256; ++black) {
      const auto c = static_cast<std::uint8_t>(ink), k = static_cast<std::uint8_t>(black);
      ASSERT_EQ(inverted_cmyk_to_rgb({{1, 1}, 4, {c, 0, 255, k}}).pixels,
                (Bytes{static_cast<std::uint8_t>(std::lround(ink * black / 255.0)), 0, k}));
    }
}

TEST(Samples, MixedInksComeWithinOne) {
  for (int ink = 0; ink < 256; ++ink)
    for (int black = 0; black < 256; ++black) {
      Bytes mixed = {static_cast<std::uint8_t>(black - ((255 - ink) * black >> 8))};
      correct_mixed_inks(mixed);
      ASSERT_LE(std::abs(mixed[0] - std::lround(ink * black / 255.0)), 1) << ink << " " << black;
    }
  Bytes white = {255};
  correct_mixed_inks(white);
  EXPECT_EQ(white[0], 255);
}

TEST(Samples, Ycck) {
  Samples<std::uint8_t> samples{{1, 2}, 4, {100, 128, 128, 7, 76, 85, 255, 9}};  // gray, then red
  ycck_to_inverted_cmyk(samples);
  EXPECT_EQ(samples.values, (Bytes{155, 155, 155, 7, 1, 255, 255, 9}));
}

// 1 2 3 / 4 5 6, seen through the eight EXIF orientations.
TEST(Samples, Turns) {
  const Picture picture{{2, 3}, 1, {1, 2, 3, 4, 5, 6}};
  const std::vector<std::pair<int, Bytes>> turns = {
      {1, {1, 2, 3, 4, 5, 6}}, {2, {3, 2, 1, 6, 5, 4}}, {3, {6, 5, 4, 3, 2, 1}}, {4, {4, 5, 6, 1, 2, 3}},
      {5, {1, 4, 2, 5, 3, 6}}, {6, {4, 1, 5, 2, 6, 3}}, {7, {6, 3, 5, 2, 4, 1}}, {8, {3, 6, 2, 5, 1, 4}},
      {0, {1, 2, 3, 4, 5, 6}}, {9, {1, 2, 3, 4, 5, 6}}};
  for (const auto& [orientation, expected] : turns) {
    const Picture turned = turn(picture, orientation);
    EXPECT_EQ(turned.pixels, expected) << orientation;
    EXPECT_EQ(turned.size.height, orientation >= 5 && orientation <= 8 ? 3 : 2) << orientation;
  }
}

}  // namespace
}  // namespace llama32med
