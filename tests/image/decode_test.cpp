#include "image/decode.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "image/image_files.h"
#include "llama32med/core/files.h"
#include "llama32med/core/random.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr DecodeOptions kReference{.compatibility = ImageCompatibility::kReference};

Picture decode(const std::string& bytes, const DecodeOptions& options = {}) {
  return decode_image_bytes(bytes, "a.file", options);
}

// Every kind of PNG and JPEG equals PIL and convert_to_rgb byte for byte.
TEST(Decode, ReferenceEqualsPil) {
  for (const auto& image : test::golden_images()) {
    const Picture picture = to_rgb(decode_image(image.path, kReference));
    EXPECT_EQ(test::crc32(picture.pixels), image.facts["56"]["rgb_crc32"]) << image.name;
  }
}

TEST(Decode, SensibleAppliesExif) {
  const auto path = test::golden("images/exif_rotate6_40x70.jpg");
  const Picture turned = decode_image(path, {}), stored = decode_image(path, kReference);
  EXPECT_EQ(stored.size, (ImageSize{40, 70}));
  EXPECT_EQ(turned.size, (ImageSize{70, 40}));
  EXPECT_EQ(turned.pixels, turn(stored, 6).pixels);
}

TEST(Decode, SensibleShowsAllOfSixteenBits) {
  for (const char* name : {"grey16_50x70.png", "grey12in16_50x70.png", "rgb16_36x50.png"}) {
    const Picture picture = decode_image(test::golden(std::string("images/") + name), {});
    const auto [low, high] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
    EXPECT_EQ(*low, 0) << name;
    EXPECT_EQ(*high, 255) << name;
  }
}

TEST(Decode, SixteenBitTiff) {
  std::string strip;
  for (const int value : {1000, 1100, 1200, 1300, 1400, 3000}) strip += test::little_endian(value, 2);
  const std::string file = test::tiff_file({2, 3}, {16, 1, 1}, strip);
  EXPECT_EQ(decode(file).pixels, (Bytes{0, 13, 26, 38, 51, 255}));
  EXPECT_EQ(decode(file).channels, 1);
  EXPECT_EQ(decode(file, {.window = IntensityWindow{1000, 1400}}).pixels, (Bytes{0, 64, 128, 191, 255, 255}));
  EXPECT_EQ(decode(file, kReference).pixels, Bytes(6, 255));
}

TEST(Decode, DeepTiffsWhereWhiteIsZero) {
  std::string strip;
  for (const int value : {1000, 1100, 1200, 1300, 1400, 3000}) strip += test::little_endian(value, 2);
  const std::string file = test::tiff_file({2, 3}, {16, 1, 0}, strip);
  EXPECT_EQ(decode(file).pixels, (Bytes{255, 242, 230, 217, 204, 0}));
  EXPECT_EQ(decode(file, {.window = IntensityWindow{1000, 1400}}).pixels, (Bytes{255, 191, 128, 64, 0, 0}));
  EXPECT_EQ(decode(file, kReference).pixels, Bytes(6, 255));  // as PIL, which ignores the tag
}

TEST(Decode, EightBitTiffs) {
  EXPECT_EQ(decode(test::tiff_file({1, 2}, {8, 1, 0}, std::string("\x00\x50", 2))).pixels, (Bytes{255, 175}));
  EXPECT_EQ(decode(test::tiff_file({1, 1}, {8, 3, 2}, "abc")).pixels, (Bytes{'a', 'b', 'c'}));
  const std::string clear("\x64\x32\x00\x00\x64\x32\x00\xff", 8);  // the same color, clear and opaque
  EXPECT_EQ(decode(test::tiff_file({1, 2}, {8, 4, 2, 2}, clear)).pixels, (Bytes{255, 255, 255, 100, 50, 0}));
  EXPECT_EQ(decode(test::tiff_file({1, 2}, {8, 4, 2, 0}, clear)).pixels, (Bytes{100, 50, 0, 100, 50, 0}));
}

TEST(Decode, BmpAndWebp) {
  const Picture picture = test::noise({3, 5}, 3, 1);
  EXPECT_EQ(decode(test::bmp_file(picture)).pixels, picture.pixels);
  EXPECT_EQ(decode(test::webp_file()).pixels, picture.pixels);
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// GIF, PNM, JPEG 2000, animated WebP and CMYK TIFF equal PIL and convert_to_rgb byte for byte.
TEST(Decode, RarerFormatsEqualPil) {
  const Json goldens = read_json(test::golden("image_formats.json"))["images"];
  for (const auto& image : goldens) {
    const auto name = image["name"].get<std::string>();
    const auto file = from_hex(image["file"].get<std::string>()), rgb = from_hex(image["rgb"].get<std::string>());
    const Picture picture = to_rgb(decode_image_bytes(file, name, kReference));
    EXPECT_EQ(picture.size, (ImageSize{image["size_hw"][0], image["size_hw"][1]})) << name;
    EXPECT_EQ(picture.pixels, Bytes(rgb.begin(), rgb.end())) << name;
  }
}

TEST(Decode, SensibleShowsAllOfADeepPgm) {
  EXPECT_EQ(decode(std::string("P5 3 1 4095\n\x00\x00\x00\x50\x00\xA0", 19)).pixels, (Bytes{0, 128, 255}));
}

// Every prefix of a file is refused by name; only unused bytes at the end may be missing.
TEST(Decode, RarerFormatsMayBeTruncatedAnywhere) {
  const Json goldens = read_json(test::golden("image_formats.json"))["images"];
  for (const auto& image : goldens) {
    const auto name = image["name"].get<std::string>();
    const auto file = from_hex(image["file"].get<std::string>());
    const auto shape = image["size_hw"];
    for (std::size_t length = 0; length < file.size(); length += file.size() / 40 + 1) try {
        const Picture picture = decode_image_bytes(file.substr(0, length), name, {});
        EXPECT_EQ(picture.size, (ImageSize{shape[0], shape[1]})) << name << " " << length << " of " << file.size();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kData) << name << " " << length;
      }
  }
}

TEST(Decode, GrayStoredAsColorIsOneChannel) {
  const Picture gray = test::noise({9, 7}, 1, 3);
  Picture color = to_rgb(gray);
  EXPECT_EQ(decode(test::bmp_file(color)).pixels, gray.pixels);
  color.pixels.back() ^= 1;
  EXPECT_EQ(decode(test::bmp_file(color)).pixels, color.pixels);
}

// A JPEG may be truncated anywhere: only the last bytes, after the pixels, may be missing.
TEST(Decode, DetectsTruncatedJpegs) {
  for (const char* name : {"grey_40x70.jpg", "exif_rotate6_40x70.jpg", "cmyk_44x66.jpg"}) {
    const std::string whole = read_file(test::golden(std::string("images/") + name));
    for (std::size_t length = 2; length + 8 < whole.size(); length += 7)
      EXPECT_THROW(decode(whole.substr(0, length)), Error) << name << " " << length << " of " << whole.size();
    EXPECT_EQ(decode(whole.substr(0, whole.size() - 2)).pixels, decode(whole).pixels);
    EXPECT_EQ(decode(whole + "behind the end").pixels, decode(whole).pixels);
  }
}

TEST(Decode, ReportsWhatIsWrong) {
  const test::TempFolder folder;
  const auto decode_file = [&](const char* name, const std::string& bytes) {
    test::write_bytes(folder / name, bytes);
    return decode_image(folder / name, {});
  };
  const std::string jpeg = read_file(test::golden("images/grey_40x70.jpg"));
  const std::string png = read_file(test::golden("images/rgb_37x91.png"));
  const std::string tiff = test::tiff_file({40, 40}, {8, 1, 1}, std::string(1600, 'x'));
  constexpr auto kData = ErrorKind::kData;
  EXPECT_ERROR(decode_image(folder / "none.png", {}), kData, "none.png", "No such file");
  EXPECT_ERROR(decode_image(folder.path(), {}), kData, "is a folder");
  EXPECT_ERROR(decode_file("empty.png", ""), kData, "empty.png", "is empty");
  EXPECT_ERROR(decode_file("a.jpg", "<html>not found</html>"), kData, "a.jpg", "is an HTML page", "download");
  EXPECT_ERROR(decode_file("b.jpg", "nothing known"), kData, "b.jpg", "not a PNG, JPEG");
  EXPECT_ERROR(decode_file("c.png", "version https://git-lfs.github.com/spec/v1"), kData, "Git LFS pointer", "git lfs");
  EXPECT_ERROR(decode_file("d.dcm", std::string(128, '\0') + "DICM"), kData, "a DICOM file", "convert it to PNG");
  EXPECT_ERROR(decode_file("zero.png", test::png_header(0, 40)), kData, "zero.png", "40 x 0 pixels");
  EXPECT_ERROR(decode_file("wide.png", test::png_header(10, 30000)), kData, "wide.png", "30000 x 10", "too large");
  EXPECT_ERROR(decode_file("big.png", test::png_header(19999, 20000 + 1)), kData, "big.png", "too large");
  EXPECT_ERROR(decode_file("cut.jpg", jpeg.substr(0, jpeg.size() / 2)), kData, "cut.jpg", "JPEG",
               "corrupt or truncated");
  EXPECT_ERROR(decode_file("cut.png", png.substr(0, png.size() / 2)), kData, "cut.png", "PNG", "corrupt or truncated");
  EXPECT_ERROR(decode_file("head.jpg", jpeg.substr(0, 30)), kData, "head.jpg", "header");
  test::write_bytes(folder / "moved.tif", tiff.substr(0, 700) + tiff.substr(900));
  EXPECT_ERROR(decode_image(folder / "moved.tif", {}), kData, "moved.tif");
  const std::string bmp = test::bmp_file(test::noise({30, 30}, 3, 1));
  EXPECT_ERROR(decode_file("cut.bmp", bmp.substr(0, 1000)), kData, "cut.bmp", "BMP", "corrupt or truncated");
}

// Each file a few hundred times with changed bytes or truncated: gives an image or an Error that names it, and no
// output on the terminal.
TEST(Decode, SurvivesCorruptFiles) {
  std::vector<std::pair<std::string, std::string>> files = {
      {"t8.tif", test::tiff_file({20, 30}, {8, 3, 2}, std::string(1800, 'y'))},
      {"t16.tif", test::tiff_file({20, 30}, {16, 1, 1}, std::string(1200, 'y'))},
      {"b.bmp", test::bmp_file(test::noise({20, 30}, 3, 1))},
      {"w.webp", test::webp_file()}};
  for (const auto& image : test::golden_images())
    if (image.name.find('/') == std::string::npos) files.emplace_back(image.name, read_file(image.path));
  const Json goldens = read_json(test::golden("image_formats.json"))["images"];
  for (const auto& image : goldens)
    files.emplace_back(image["name"].get<std::string>(), from_hex(image["file"].get<std::string>()));
  RandomStream random(20320);
  std::int64_t decoded = 0, refused = 0;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  for (const auto& [name, intact] : files)
    for (int turn = 0; turn < 200; ++turn) {
      std::string bytes = intact;
      if (turn % 4 == 0) bytes.resize(random.below(bytes.size()) + 1);
      const auto reach = turn % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 200);  // often the header
      for (std::uint64_t i = random.below(6) + 1; i > 0; --i) bytes[random.below(reach)] ^= 1 << random.below(8);
      try {
        const Picture picture = decode_image_bytes(bytes, name, turn % 3 == 0 ? kReference : DecodeOptions{});
        decoded += picture.size.height * picture.size.width * picture.channels == std::int64_t(picture.pixels.size());
      } catch (const Error& error) {
        refused += error.kind() == ErrorKind::kData && std::string(error.what()).find(name) == 0;
      }
    }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(decoded + refused, static_cast<std::int64_t>(files.size()) * 200);
  EXPECT_GT(decoded, 100);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace llama32med
