#include "llama32med/image/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "image/image_files.h"
#include "llama32med/core/random.h"

namespace llama32med {
namespace {

struct Case {
  ImageSize from;
  std::int64_t channels;
  ImageSize to;
  std::uint32_t crc32;  // CRC of Pillow 13.0.0's bytes for test::noise(from, channels, height * width)
};

const Case kCases[] = {
    {{7, 5}, 3, {7, 5}, 883900478U},         {{1, 1}, 3, {56, 56}, 4272036965U},
    {{40, 60}, 3, {20, 30}, 2122081443U},    {{33, 20}, 1, {99, 60}, 1137313392U},
    {{90, 30}, 3, {56, 18}, 150525291U},     {{300, 12}, 3, {224, 8}, 1055879951U},  // the height first
    {{333, 90}, 3, {207, 56}, 1184205001U},  {{12, 300}, 1, {8, 224}, 1410029461U},
    {{50, 70}, 3, {50, 35}, 1288097285U},    {{50, 70}, 3, {25, 70}, 491953351U},  // one direction only
    {{64, 64}, 1, {512, 16}, 2043135490U},   {{200, 30}, 3, {40, 60}, 2001191913U},
    {{31, 400}, 3, {62, 100}, 861991473U},   {{1, 500}, 3, {1, 224}, 4011621830U},
    {{257, 255}, 3, {128, 129}, 1952223996U}};

TEST(Resize, EqualsPillow) {
  for (const Case& c : kCases) {
    const Picture picture = test::noise(c.from, c.channels, c.from.height * c.from.width);
    const Picture result = resize_bilinear(picture, c.to);
    ASSERT_EQ(result.size, c.to);
    EXPECT_EQ(test::crc32(result.pixels), c.crc32)
        << c.from.height << "x" << c.from.width << " to " << c.to.height << "x" << c.to.width;
  }
}

TEST(Resize, KeepsWhatIsConstantAndStaysInRange) {
  RandomStream random(7);
  for (int i = 0; i < 60; ++i) {
    const auto side = [&] { return static_cast<std::int64_t>(random.below(130) + 1); };
    const ImageSize from{side(), side()}, to{side(), side()};
    Picture picture{from, 1, std::vector<std::uint8_t>(from.height * from.width, 201)};
    const Picture flat = resize_bilinear(picture, to);
    EXPECT_TRUE(std::all_of(flat.pixels.begin(), flat.pixels.end(), [](auto value) { return value == 201; }));
    for (auto& value : picture.pixels) value = static_cast<std::uint8_t>(60 + random.below(100));
    const Picture result = resize_bilinear(picture, to);
    EXPECT_TRUE(std::all_of(result.pixels.begin(), result.pixels.end(), [](auto v) { return v >= 60 && v < 160; }));
  }
}

TEST(Resize, ThreeEqualChannelsAreThreeTimesOne) {
  for (const ImageSize to : {ImageSize{90, 20}, ImageSize{11, 64}, ImageSize{30, 100}}) {
    const Picture gray = test::noise({41, 37}, 1, 5);
    EXPECT_EQ(resize_bilinear(to_rgb(gray), to).pixels, to_rgb(resize_bilinear(gray, to)).pixels);
  }
}

TEST(Resize, RejectsInvalidSizes) {
  EXPECT_THROW(resize_bilinear(test::noise({4, 4}, 1, 1), {0, 4}), std::invalid_argument);
  EXPECT_THROW(resize_bilinear(Picture{{4, 4}, 3, {1, 2, 3}}, {2, 2}), std::invalid_argument);
}

}  // namespace
}  // namespace llama32med
