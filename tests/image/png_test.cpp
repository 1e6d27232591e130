#include "llama32med/image/png.h"

#include <gtest/gtest.h>

#include "image/decode.h"
#include "llama32med/core/random.h"

namespace llama32med::test {
namespace {

Picture random_picture(ImageSize size, std::int64_t channels) {
  Picture picture{size, channels, {}};
  RandomStream random(static_cast<std::uint64_t>(size.width));
  for (std::int64_t i = 0; i < size.height * size.width * channels; ++i)
    picture.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
  return picture;
}

TEST(Png, RoundTrip) {
  for (const ImageSize size : {ImageSize{1, 1}, ImageSize{3, 7}, ImageSize{64, 64}, ImageSize{300, 257}})
    for (const std::int64_t channels : {1, 3}) {  // the last ones need several blocks
      const auto picture = random_picture(size, channels);
      const auto read = decode_image_bytes(encode_png(picture), "picture.png", {});
      EXPECT_EQ(read.size, size);
      EXPECT_EQ(to_rgb(read).pixels, to_rgb(picture).pixels);
    }
}

}  // namespace
}  // namespace llama32med::test
