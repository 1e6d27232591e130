#include "image/image_header.h"

#include <gtest/gtest.h>

#include "image/image_files.h"
#include "llama32med/core/files.h"

namespace llama32med {
namespace {

TEST(ImageHeader, KnowsTheSizeOfEveryGolden) {
  for (const auto& image : test::golden_images()) {
    const ImageHeader header = read_image_header(read_file(image.path));
    EXPECT_EQ(header.size.height, image.facts["size_hw"][0]) << image.name;
    EXPECT_EQ(header.size.width, image.facts["size_hw"][1]) << image.name;
    EXPECT_EQ(name_of(header.format), image.path.extension() == ".png" ? "PNG" : "JPEG") << image.name;
  }
}

TEST(ImageHeader, KnowsTheOtherFormats) {
  const Picture picture = test::noise({3, 5}, 3, 1);
  const ImageHeader bmp = read_image_header(test::bmp_file(picture));
  EXPECT_EQ(bmp.format, ImageFormat::kBmp);
  EXPECT_EQ(bmp.size, picture.size);
  const ImageHeader webp = read_image_header(test::webp_file());
  EXPECT_EQ(webp.format, ImageFormat::kWebp);
  EXPECT_EQ(webp.size, picture.size);
  const std::string tiff_bytes = test::tiff_file({2, 4}, {8, 4, 2, 2}, std::string(32, 'x'));
  const ImageHeader tiff = read_image_header(tiff_bytes);
  EXPECT_EQ(tiff.format, ImageFormat::kTiff);
  EXPECT_EQ(tiff.size, (ImageSize{2, 4}));
  EXPECT_EQ(tiff.bytes_needed, 8U + 32U);
  EXPECT_EQ(tiff.alpha, AlphaKind::kMultiplied);
  EXPECT_EQ(read_image_header("GIF89a").format, ImageFormat::kGif);
  EXPECT_EQ(read_image_header("GIF89a").size, (ImageSize{0, 0}));
  EXPECT_EQ(read_image_header("P5 # width\n 7 4 255\n").size, (ImageSize{4, 7}));
  EXPECT_EQ(read_image_header("P7 4 4").format, ImageFormat::kUnknown);
}

TEST(ImageHeader, ANegativeWidthIsCorrupt) {
  auto bmp = test::bmp_file(test::noise({3, 5}, 3, 1));
  bmp.replace(18, 4, "\xFB\xFF\xFF\xFF");  // -5
  EXPECT_EQ(read_image_header(bmp).size, (ImageSize{0, 0}));
}

TEST(ImageHeader, ReadsJpegComponentsAndOrientation) {
  const ImageHeader inks = read_image_header(read_file(test::golden("images/cmyk_44x66.jpg")));
  EXPECT_EQ(inks.components, 4);
  EXPECT_EQ(inks.adobe_transform, 0);
  EXPECT_FALSE(inks.subsampled);
  const ImageHeader turned = read_image_header(read_file(test::golden("images/exif_rotate6_40x70.jpg")));
  EXPECT_EQ(turned.orientation, 6);
  EXPECT_EQ(turned.components, 3);
}

TEST(ImageHeader, AnyPrefixIsRead) {
  for (const char* name : {"exif_rotate6_40x70.jpg", "palette_transparent_48x64.png"}) {
    const std::string file = read_file(test::golden(std::string("images/") + name));
    for (std::size_t length = 0; length < std::min<std::size_t>(file.size(), 1500); ++length)
      read_image_header(std::string(file, 0, length));
  }
  const std::string tiff = test::tiff_file({2, 4}, {16, 1, 1}, std::string(16, 'x'));
  for (std::size_t length = 0; length < tiff.size(); ++length) read_image_header(std::string(tiff, 0, length));
}

}  // namespace
}  // namespace llama32med
