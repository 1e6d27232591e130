#include "llama32med/image/image_budget.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "image/decode.h"
#include "image/image_bombs.h"
#include "llama32med/image/png.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

constexpr auto kData = ErrorKind::kData;
constexpr ImageBudget kLargest{kMostImagePixels, kMostImageMib};

struct Bomb {
  std::string name;
  std::string file;
};

std::vector<Bomb> claims(ImageSize size) {
  const auto codestream = test::jpeg2000_claim({.size = size, .tile = size});
  const auto canvas = test::webp_canvas(size, 0) + test::lossless_frame(size);
  return {{"a.png", test::png_claim(size, 8, 0)},
          {"a.jpg", test::jpeg_claim(size)},
          {"a.bmp", test::bmp_claim(size)},
          {"a.gif", test::gif_claim(size)},
          {"a.pgm", test::pnm_claim(size)},
          {"a.tif", test::tiff_claim(size)},
          {"a.webp", test::webp_of(test::lossless_frame(size))},
          {"canvas.webp", test::webp_of(canvas)},
          {"frames.webp", test::animated_webp(size, size, size)},
          {"a.j2k", codestream},
          {"a.jp2", test::jp2_of(size, codestream)}};
}

Picture decode(const Bomb& bomb, const ImageBudget& budget = {}) {
  return decode_image_bytes(bomb.file, bomb.name, {.budget = budget});
}

TEST(ImageBudget, IsCheckedInTheHeaderOfEveryFormat) {
  for (const auto& bomb : claims({8193, 8192}))
    EXPECT_ERROR(decode(bomb), kData, bomb.name.c_str(), "8192 x 8193 pixels", "image.max_pixels 67108864", "raise it");
  for (const auto& bomb : claims({100, 101})) {
    EXPECT_ERROR(decode(bomb, {.max_pixels = 10099}), kData, bomb.name.c_str(), "101 x 100", "image.max_pixels 10099");
    EXPECT_ERROR(decode(bomb, {.max_pixels = 10100}), kData, bomb.name.c_str(), "cannot be decoded");
  }
}

TEST(ImageBudget, CannotExceedThatOfPil) {
  for (const auto& bomb : claims({13378, 13378})) EXPECT_ERROR(decode(bomb, kLargest), kData, "178956970 in total");
}

TEST(ImageBudget, CountsBytes) {
  const ImageSize size{8192, 8192};
  EXPECT_ERROR(decode({"deep.png", test::png_claim(size, 16, 6)}), kData, "deep.png", "with 8 bytes each are 512 MiB",
               "image.max_mib 256", "at most 1365");
  EXPECT_ERROR(decode({"deep.png", test::png_claim(size, 16, 6)}, {.max_mib = 512}), kData, "cannot be decoded");
  EXPECT_ERROR(decode({"color.png", test::png_claim(size, 8, 6)}), kData, "cannot be decoded");
  auto many = test::tiff_entries(size);
  many.back().value = 255;  // samples per pixel
  EXPECT_ERROR(decode({"many.tif", test::tiff_of(many)}), kData, "with 255 bytes each", "image.max_mib");
}

// The outer header is harmless, and an inner one asks for more.
TEST(ImageBudget, HoldsForInnerSizes) {
  const ImageSize small{16, 16}, large{16000, 16000};
  auto tiles = test::tiff_entries(small), rows = tiles;
  tiles.insert(tiles.end(), {{322, 4, 1, 16000}, {323, 4, 1, 16000}});
  rows.push_back({278, 4, 1, 16'000'000});
  EXPECT_ERROR(decode({"tiles.tif", test::tiff_of(tiles)}), kData, "tiles of 16000 x 16000 pixels", "image.max_pixels");
  EXPECT_ERROR(decode({"rows.tif", test::tiff_of(rows)}), kData, "tiles of 16 x 16000000 pixels", "image.max_pixels");
  const auto codestream = test::jpeg2000_claim({.size = large, .tile = large});
  EXPECT_ERROR(decode({"inner.jp2", test::jp2_of(small, codestream)}), kData, "16000 x 16000", "too large");
  EXPECT_ERROR(decode({"frame.webp", test::animated_webp(small, small, large)}), kData, "cannot be decoded");
  EXPECT_ERROR(decode({"canvas.webp", test::webp_of(test::webp_canvas(small, 0) + test::lossless_frame(large))}), kData,
               "cannot be decoded");
}

// Headers that a codec reads differently from a naive reader.
TEST(ImageBudget, HoldsForAmbiguousHeaders) {
  const ImageSize small{16, 16}, large{16000, 16000};
  const auto hidden = "\xFF" + std::string("\0\0\x15", 3) + test::jpeg_frame(large);  // no segment for libjpeg
  EXPECT_ERROR(decode({"stuffed.jpg", "\xFF\xD8" + hidden + test::jpeg_frame(small) + "\xFF\xD9"}), kData,
               "its header is corrupt");
  EXPECT_ERROR(decode({"twice.jpg", "\xFF\xD8" + test::jpeg_frame(large) + test::jpeg_frame(small) + "\xFF\xD9"}),
               kData, "16000 x 16000", "too large");
  auto wide = test::tiff_entries(small);
  const std::uint64_t behind = 8 + 2 + 12 * wide.size() + 4;
  wide[0] = {256, 16, 1, behind};  // an integer of 8 bytes
  EXPECT_ERROR(decode({"wide.tif", test::tiff_of(wide, test::little_endian(16'000'000, 8))}), kData, "16000000 x 16",
               "too large");
  auto moved = test::png_claim(small, 8, 0);
  moved.replace(12, 4, "tEXt");
  EXPECT_ERROR(decode({"moved.png", moved}), kData, "its header is corrupt");
  auto jbig = test::tiff_entries(small);
  jbig[3].value = 34661;
  EXPECT_ERROR(decode({"jbig.tif", test::tiff_of(jbig)}), kData, "JBIG", "convert it to PNG");
}

TEST(ImageBudget, CountsTheStructuresOfJpeg2000) {
  const ImageSize size{8000, 8000};
  EXPECT_ERROR(decode({"blocks.j2k", test::jpeg2000_claim({.size = size, .tile = size, .block_exponent = 0})}), kData,
               "code blocks take", "image.max_mib 256");
  EXPECT_ERROR(decode({"precincts.j2k", test::jpeg2000_claim({.size = size, .tile = size, .precincts = "\x11\x11"})}),
               kData, "code blocks take", "image.max_mib 256");
  EXPECT_ERROR(decode({"tiles.j2k", test::jpeg2000_claim({.size = {250, 250}, .tile = {1, 1}})}), kData,
               "code blocks take", "image.max_mib 256");
  EXPECT_ERROR(decode({"tiles.j2k", test::jpeg2000_claim({.size = {300, 300}, .tile = {1, 1}})}), kData,
               "its header is corrupt");  // more tiles than the format has
  EXPECT_ERROR(decode({"usual.j2k", test::jpeg2000_claim({.size = size, .tile = size})}), kData, "cannot be decoded");
}

// ---- memory, in a process of its own ------------------------------------------------------------------------------

std::int64_t status_kib(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stoll(line.substr(key.size() + 1));
  return 0;
}

// Exit code of `work` in a child; the codecs are loaded before.
int in_child(const std::function<int()>& work) {
  decode({"tiny.png", encode_png(test::noise({2, 2}, 3, 1))});
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// MiB by which the resident size grows at most while the file is decoded.
int growth_mib(const Bomb& bomb, const ImageBudget& budget = {}) {
  return in_child([&] {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // the largest size so far is forgotten
    const auto before = status_kib("VmRSS:");
    try {
      decode(bomb, budget);
    } catch (const Error&) {
    }
    return static_cast<int>(std::min<std::int64_t>((status_kib("VmHWM:") - before) / 1024, 250));
  });
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;
#else
constexpr bool kMemoryIsOurs = true;
#endif

TEST(ImageMemory, FilesWithoutPixelsTakeNone) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "a sanitizer takes memory of its own";
  for (const auto& bomb : claims({8000, 8000})) EXPECT_LT(growth_mib(bomb), 24) << bomb.name;
}

TEST(ImageMemory, CompressedTextsAndProfilesAreNotUnpacked) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "a sanitizer takes memory of its own";
  const auto plain = encode_png(test::noise({2, 2}, 1, 1));
  for (const auto* chunk : {"zTXt", "iCCP"}) {
    const auto body = std::string("name\0\0", 6) + test::deflated_zeros(60'000'000);
    const auto inserted = test::big_endian(body.size(), 4) + chunk + body + std::string(4, '\0');
    EXPECT_LT(growth_mib({"a.png", plain.substr(0, 33) + inserted + plain.substr(33)}), 24) << chunk;
  }
}

// 16-bit color with alpha takes the most: the samples twice while they are decoded (src/image/README.md).
TEST(ImageMemory, StaysWithinTheStatedMultiple) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "a sanitizer takes memory of its own";
  const ImageSize size{1024, 2048};
  const Bomb deep{"deep.tif", test::tiff_file(size, {16, 4, 2, 2}, std::string(size.height * size.width * 8, 'x'))};
  const auto growth = growth_mib(deep);
  EXPECT_LT(growth, 2 * 17);
  EXPECT_GT(growth, 2 * 8);  // or nothing was measured
}

// The machine's fault, which must not count as a broken image.
TEST(ImageMemory, ALackOfItStopsTheRun) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "a sanitizer needs the address space";
  const auto code_under_limit = [](const Bomb& bomb) {
    return in_child([&] {
      const auto bytes = static_cast<rlim_t>(status_kib("VmSize:") + 20 * 1024) * 1024;
      const rlimit limit{bytes, bytes};
      if (::setrlimit(RLIMIT_AS, &limit) != 0) return -2;
      try {
        decode(bomb);
      } catch (const Error& error) {
        return static_cast<int>(error.kind());
      }
      return 0;
    });
  };
  for (const auto& bomb : claims({8000, 8000}))
    EXPECT_EQ(code_under_limit(bomb), static_cast<int>(ErrorKind::kResource)) << bomb.name;
  EXPECT_EQ(code_under_limit({"cut.png", test::png_claim({20, 20}, 8, 0)}), static_cast<int>(kData));
}

}  // namespace
}  // namespace llama32med
