#include "llama32med/image/thumbnail.h"

#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/image_files.h"
#include "llama32med/core/files.h"
#include "llama32med/image/png.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

// Left half black, right half white.
Picture halves(ImageSize size) {
  Picture picture{size, 1, std::vector<std::uint8_t>(size.height * size.width)};
  for (std::int64_t i = 0; i < size.height * size.width; ++i)
    picture.pixels[i] = i % size.width < size.width / 2 ? 0 : 255;
  return picture;
}

Picture shown(const Thumbnail& thumbnail) { return decode_image_bytes(thumbnail.jpeg, "thumbnail", {}); }

TEST(Thumbnail, EveryKindOfFileBecomesASmallJpeg) {
  for (const auto& image : test::golden_images()) {
    const auto thumbnail = make_thumbnail(image.path, {.max_side = 32});
    const Picture full = decode_image(image.path, {}), small = shown(thumbnail);
    EXPECT_EQ(thumbnail.source, full.size) << image.name;
    EXPECT_EQ(std::max(small.size.height, small.size.width),
              std::min<std::int64_t>(32, std::max(full.size.height, full.size.width)))
        << image.name;
  }
}

TEST(Thumbnail, AnErrorOfTheMachineIsNotAPropertyOfTheImage) {
  const std::filesystem::path unreadable = "/proc/self/mem";  // EIO
  if (!is_file(unreadable)) GTEST_SKIP() << "no " << unreadable;
  const test::TempFolder folder;
  write_file(folder / "broken.png", "no pixels");
  EXPECT_NE(make_thumbnails({folder / "broken.png"}, 1).front().error, "");
  EXPECT_ERROR(make_thumbnails({unreadable}, 1), ErrorKind::kResource, "/proc/self/mem", "Input/output error");
}

TEST(Thumbnail, KeepsTheAspectRatioAndIsNotEnlarged) {
  const test::TempFolder folder;
  write_file(folder / "wide.png", encode_png(halves({50, 400})));
  write_file(folder / "line.png", encode_png(halves({1, 4000})));
  EXPECT_EQ(shown(make_thumbnail(folder / "wide.png", {.max_side = 64})).size, (ImageSize{8, 64}));
  EXPECT_EQ(shown(make_thumbnail(folder / "wide.png", {.max_side = 1000})).size, (ImageSize{50, 400}));
  EXPECT_EQ(shown(make_thumbnail(folder / "line.png", {.max_side = 64})).size, (ImageSize{1, 64}));
}

// A JPEG decoded at an eighth of its size shows the same image as at full size.
TEST(Thumbnail, OfALargeJpeg) {
  const test::TempFolder folder;
  write_file(folder / "large.jpg", encode_jpeg(halves({1024, 2048}), 95));
  const auto thumbnail = make_thumbnail(folder / "large.jpg", {.max_side = 128});
  EXPECT_EQ(thumbnail.source, (ImageSize{1024, 2048}));
  const Picture small = shown(thumbnail);
  ASSERT_EQ(small.size, (ImageSize{64, 128}));
  ASSERT_EQ(small.channels, 1);
  for (std::int64_t y = 0; y < 64; ++y)
    for (const std::int64_t x : {0, 40, 80, 127})
      EXPECT_NEAR(small.pixels[y * 128 + x], x < 64 ? 0 : 255, 8) << y << " " << x;
}

TEST(Thumbnail, LargeJpegsAreRotatedByExif) {
  const auto path = test::golden("images/exif_rotate6_40x70.jpg");
  const auto thumbnail = make_thumbnail(path, {.max_side = 30});  // 70 / 2 is enough: decoded at half its size
  EXPECT_EQ(thumbnail.source, (ImageSize{70, 40}));
  EXPECT_EQ(shown(thumbnail).size, (ImageSize{30, 17}));
}

TEST(Thumbnail, CmykDecodedAtAReducedSizeHasTheSameColors) {
  const auto path = test::golden("images/cmyk_44x66.jpg");
  const Picture whole = shown(make_thumbnail(path, {.max_side = 66, .quality = 100}));
  const Picture part = shown(make_thumbnail(path, {.max_side = 22, .quality = 100}));
  ASSERT_EQ(part.channels, whole.channels);
  const auto mean = [](const Picture& picture, std::int64_t channel) {
    double sum = 0;
    for (std::size_t i = channel; i < picture.pixels.size(); i += picture.channels) sum += picture.pixels[i];
    return sum / static_cast<double>(picture.size.height * picture.size.width);
  };
  for (std::int64_t channel = 0; channel < whole.channels; ++channel)
    EXPECT_NEAR(mean(part, channel), mean(whole, channel), 3);
}

TEST(Thumbnail, OneBrokenFileDoesNotStopTheOthers) {
  const test::TempFolder folder;
  write_file(folder / "good.png", encode_png(halves({30, 40})));
  const auto jpeg = encode_jpeg(halves({500, 700}), 80);
  write_file(folder / "cut.jpg", jpeg.substr(0, jpeg.size() / 3));
  write_file(folder / "empty.png", "");
  write_file(folder / "text.jpg", "not a picture");
  std::vector<std::filesystem::path> files;
  for (const char* name : {"cut.jpg", "good.png", "empty.png", "missing.png", "text.jpg"})
    files.push_back(folder / name);
  for (const std::size_t threads : {0, 1, 3}) {
    const auto all = make_thumbnails(files, threads);
    ASSERT_EQ(all.size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(all[i].jpeg.empty(), i != 1) << files[i];
      EXPECT_EQ(all[i].error.starts_with(files[i].filename().string() + ": "), i != 1) << all[i].error;
      EXPECT_EQ(all[i].error.find(folder.path().string()), std::string::npos) << all[i].error;
    }
  }
}

TEST(Thumbnail, ThreadsChangeNothing) {
  std::vector<std::filesystem::path> files;
  for (const auto& image : test::golden_images()) files.push_back(image.path);
  const auto one = make_thumbnails(files, 1), four = make_thumbnails(files, 4);
  for (std::size_t i = 0; i < files.size(); ++i) EXPECT_EQ(one[i].jpeg, four[i].jpeg) << files[i];
}

}  // namespace
}  // namespace llama32med
