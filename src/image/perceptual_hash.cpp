#include "llama32med/image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "decode.h"
#include "llama32med/image/resize.h"

namespace llama32med {
namespace {

constexpr std::int64_t kSide = 32, kFrequencies = 8;
using Cosines = std::array<std::array<std::int64_t, kSide>, kFrequencies>;  // [u][x], 14 fractional bits

// Rows of the orthonormal DCT-II up to a common factor. Rounding hides platform differences in cosine's last bits.
Cosines cosines() {
  Cosines table{};
  for (std::int64_t u = 0; u < kFrequencies; ++u)
    for (std::int64_t x = 0; x < kSide; ++x) {
      const double angle = std::numbers::pi * static_cast<double>((2 * x + 1) * u) / (2.0 * kSide);
      table[u][x] = std::llround((u == 0 ? std::numbers::sqrt2 / 2 : std::cos(angle)) * 16384);
    }
  return table;
}

Picture to_gray(const Picture& picture) {
  if (picture.channels == 1) return picture;
  Picture gray{picture.size, 1, std::vector<std::uint8_t>(picture.size.height * picture.size.width)};
  for (std::size_t i = 0; i < gray.pixels.size(); ++i) {
    const std::uint8_t* rgb = &picture.pixels[3 * i];
    gray.pixels[i] = static_cast<std::uint8_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
  }
  return gray;
}

}  // namespace

std::uint64_t perceptual_hash(const Picture& picture) {
  const auto small = resize_bilinear(to_gray(picture), {kSide, kSide});  // [32, 32]
  const auto table = cosines();
  std::array<std::array<std::int64_t, kFrequencies>, kSide> rows{};  // [y][u]
  for (std::int64_t y = 0; y < kSide; ++y)
    for (std::int64_t u = 0; u < kFrequencies; ++u)
      for (std::int64_t x = 0; x < kSide; ++x) rows[y][u] += small.pixels[y * kSide + x] * table[u][x];
  std::array<std::int64_t, kFrequencies * kFrequencies> coefficients{};  // [v][u]
  for (std::int64_t v = 0; v < kFrequencies; ++v)
    for (std::int64_t u = 0; u < kFrequencies; ++u)
      for (std::int64_t y = 0; y < kSide; ++y) coefficients[v * kFrequencies + u] += rows[y][u] * table[v][y];
  auto sorted = coefficients;
  std::nth_element(sorted.begin() + 1, sorted.begin() + 32, sorted.end());  // the middle one of 63
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < coefficients.size(); ++i)
    if (coefficients[i] > sorted[32]) hash |= std::uint64_t{1} << i;
  return hash;
}

std::uint64_t perceptual_hash_of_file(const std::filesystem::path& path) {
  return perceptual_hash(decode_image(path, {}));
}

int hamming_distance(std::uint64_t a, std::uint64_t b) { return std::popcount(a ^ b); }

}  // namespace llama32med
