#include "llama32med/image/png.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

namespace llama32med {
namespace {

void append_big_endian(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift & 0xFF));
}

// CRC-32 (PNG standard, annex D).
std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      table[n] = n;
      for (int bit = 0; bit < 8; ++bit) table[n] = (table[n] & 1) != 0 ? 0xEDB88320U ^ table[n] >> 1 : table[n] >> 1;
    }
    return table;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xFF] ^ crc >> 8;
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<std::uint8_t>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

void append_chunk(std::string& file, std::string_view name, std::string_view content) {
  append_big_endian(file, static_cast<std::uint32_t>(content.size()));
  const auto begin = file.size();
  file.append(name).append(content);
  append_big_endian(file, crc32(std::string_view(file).substr(begin)));
}

// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
std::string stored_zlib(std::string_view bytes) {
  static constexpr std::size_t kLongestBlock = 65535;
  std::string stream("\x78\x01", 2);
  for (std::size_t begin = 0; begin < bytes.size(); begin += kLongestBlock) {
    const auto block = bytes.substr(begin, kLongestBlock);
    const auto size = static_cast<std::uint32_t>(block.size());
    stream.push_back(begin + block.size() == bytes.size() ? 1 : 0);
    for (const std::uint32_t word : {size, ~size}) {
      stream.push_back(static_cast<char>(word & 0xFF));
      stream.push_back(static_cast<char>(word >> 8 & 0xFF));
    }
    stream.append(block);
  }
  append_big_endian(stream, adler32(bytes));
  return stream;
}

}  // namespace

std::string encode_png(const Picture& picture) {
  const auto [height, width] = picture.size;
  const auto row = width * picture.channels;
  assert(height > 0 && width > 0 && (picture.channels == 1 || picture.channels == 3));
  assert(static_cast<std::int64_t>(picture.pixels.size()) == height * row);
  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(width));
  append_big_endian(header, static_cast<std::uint32_t>(height));
  header.push_back(8);                              // bits per sample
  header.push_back(picture.channels == 3 ? 2 : 0);  // RGB or gray
  header.append(3, '\0');                           // deflate, the standard filters, not interlaced
  std::string lines;
  for (std::int64_t y = 0; y < height; ++y) {
    lines.push_back(0);  // filter: none
    const auto begin = picture.pixels.begin() + y * row;
    std::transform(begin, begin + row, std::back_inserter(lines), [](std::uint8_t v) { return static_cast<char>(v); });
  }
  std::string file("\x89PNG\r\n\x1A\n", 8);
  append_chunk(file, "IHDR", header);
  append_chunk(file, "IDAT", stored_zlib(lines));
  append_chunk(file, "IEND", "");
  return file;
}

}  // namespace llama32med
