// Image files for the tests: the goldens, and small BMP, TIFF and WebP files made here byte by byte.
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/image/picture.h"
#include "support/test_data.h"

namespace llama32med::test {

inline std::uint32_t crc32(const std::vector<std::uint8_t>& bytes) {  // zlib's
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

// Noise that is easy to reproduce in Python: byte i is bits 13..20 of (2654435761 i + 40503 seed) mod 2^32.
inline Picture noise(ImageSize size, std::int64_t channels, std::uint64_t seed) {
  Picture picture{size, channels, std::vector<std::uint8_t>(size.height * size.width * channels)};
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>((i * 2654435761U + seed * 40503U) >> 13);
  return picture;
}

struct GoldenImage {
  std::string name;
  std::filesystem::path path;
  Json facts;  // mode, size_hw, and per tile size: canvas, crc32s, ...
};

// All available images of preprocess.json: always those in tests/golden, the real ones only with the complete datasets.
inline std::vector<GoldenImage> golden_images() {
  std::vector<GoldenImage> images;
  const Json values = read_json(golden("tiny/preprocess.json"))["values"];
  for (const auto& [name, facts] : values.items()) {
    if (!facts.is_object()) continue;
    if (name.find('/') == std::string::npos)
      images.push_back({name, golden("images/" + name), facts});
    else if (const auto path = full_data(name))
      images.push_back({name, *path, facts});
  }
  return images;
}

inline std::string little_endian(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  return bytes;
}

inline std::string big_endian(std::uint64_t value, int count) {
  const std::string bytes = little_endian(value, count);
  return {bytes.rbegin(), bytes.rend()};
}

struct TiffKind {
  std::uint64_t bits = 8, samples = 1, photometric = 1;  // 0 white is zero, 1 black is zero, 2 RGB
  int extra = -1;                                        // meaning of the sample after the colors; -1: not given
};

// One uncompressed strip, little-endian.
inline std::string tiff_file(ImageSize size, TiffKind kind, const std::string& strip) {
  const std::uint64_t strip_at = 8, depths_at = strip_at + strip.size(), fields_at = depths_at + 2 * kind.samples;
  std::vector<std::array<std::uint64_t, 4>> fields = {
      {256, 4, 1, static_cast<std::uint64_t>(size.width)},
      {257, 4, 1, static_cast<std::uint64_t>(size.height)},
      {258, 3, kind.samples, kind.samples <= 2 ? (kind.bits << 16 | kind.bits) : depths_at},
      {259, 3, 1, 1},
      {262, 3, 1, kind.photometric},
      {273, 4, 1, strip_at},
      {277, 3, 1, kind.samples},
      {278, 4, 1, static_cast<std::uint64_t>(size.height)},
      {279, 4, 1, strip.size()}};
  if (kind.extra >= 0) fields.push_back({338, 3, 1, static_cast<std::uint64_t>(kind.extra)});
  std::string file = std::string("II*\0", 4) + little_endian(fields_at, 4) + strip;
  for (std::uint64_t i = 0; i < kind.samples; ++i) file += little_endian(kind.bits, 2);
  file += little_endian(fields.size(), 2);
  for (const auto& [tag, type, count, value] : fields)
    file += little_endian(tag, 2) + little_endian(type, 2) + little_endian(count, 4) + little_endian(value, 4);
  return file + little_endian(0, 4);
}

inline std::string bmp_file(const Picture& rgb) {  // 24 bits, bottom-up rows
  std::string rows;
  for (std::int64_t y = rgb.size.height - 1; y >= 0; --y) {
    for (std::int64_t x = 0; x < rgb.size.width; ++x)
      for (int c = 2; c >= 0; --c) rows.push_back(static_cast<char>(rgb.pixels[(y * rgb.size.width + x) * 3 + c]));
    rows.resize((rows.size() + 3) / 4 * 4);
  }
  return "BM" + little_endian(54 + rows.size(), 4) + little_endian(0, 4) + little_endian(54, 4) + little_endian(40, 4) +
         little_endian(rgb.size.width, 4) + little_endian(rgb.size.height, 4) + little_endian(1, 2) +
         little_endian(24, 2) + little_endian(0, 4) + little_endian(rows.size(), 4) + std::string(16, '\0') + rows;
}

// noise({3, 5}, 3, 1), losslessly.
inline std::string webp_file() {
  constexpr std::string_view kHex =
      "5249464656000000574542505650384c4a0000002f048000007760a66d1bfee4daa2d939d330d3b60daff2bfdb219a0db28de4af7320774f"
      "f49dffb824f0b2f1c0ee0074058f7600a020920dea3dff002a68ad820a7246f43fe6ab2f7503";
  std::string bytes;
  for (std::size_t i = 0; i < kHex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(kHex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// A PNG with nothing but its size. The size is checked before the checksum.
inline std::string png_header(std::uint64_t height, std::uint64_t width) {
  return "\x89PNG\r\n\x1a\n" + big_endian(13, 4) + "IHDR" + big_endian(width, 4) + big_endian(height, 4) +
         std::string("\x08\x02\0\0\0\0\0\0\0", 9);
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace llama32med::test
