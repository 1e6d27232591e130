#include "image/formats/jpeg2000.h"

#include <algorithm>
#include <cstdint>

#include "image/formats/byte_reader.h"
#include "llama32med/image/image_budget.h"

namespace llama32med {
namespace {

constexpr std::uint32_t kStartOfStream = 0xFF4F, kSize = 0xFF51, kCoding = 0xFF52, kComponentCoding = 0xFF53;
constexpr std::uint32_t kStartOfTile = 0xFF90, kStartOfData = 0xFF93, kEndOfStream = 0xFFD9;

// Exponents of 2 of the smallest parts that any header of the file asks for.
struct Parts {
  std::uint32_t precinct_wide = 15, precinct_high = 15, block_wide = 10, block_high = 10;
};

// From SPcod or SPcoc: levels, block width and height, style, transform, then a byte per resolution if there are
// precincts.
void read_coding(const ByteReader& in, std::size_t at, std::uint32_t style, Parts& parts) {
  constexpr std::uint32_t kHasPrecincts = 1;
  const auto levels = std::min(in.u8(at), 32U);
  parts.block_wide = std::min(parts.block_wide, (in.u8(at + 1) & 15) + 2);
  parts.block_high = std::min(parts.block_high, (in.u8(at + 2) & 15) + 2);
  for (std::uint32_t i = 0; (style & kHasPrecincts) != 0 && i <= levels; ++i) {
    parts.precinct_wide = std::min(parts.precinct_wide, in.u8(at + 5 + i) & 15);
    parts.precinct_high = std::min(parts.precinct_high, in.u8(at + 5 + i) >> 4);
  }
}

// Marker segments from `at` to the one that ends the header; 0 if that is not reached.
std::size_t read_segments(const ByteReader& in, std::size_t at, std::uint32_t components, Parts& parts) {
  constexpr std::uint32_t kFirstSegment = 0xFF50, kLastSegment = 0xFF78;
  while (true) {
    const auto marker = in.u16(at), length = in.u16(at + 2);
    if (marker == kStartOfTile || marker == kStartOfData || marker == kEndOfStream) return at;
    if (marker < kFirstSegment || marker > kLastSegment || length < 2) return 0;
    if (marker == kCoding) read_coding(in, at + 9, in.u8(at + 4), parts);
    const std::size_t index = components < 257 ? 1 : 2;
    if (marker == kComponentCoding) read_coding(in, at + 5 + index, in.u8(at + 4 + index), parts);
    at += 2 + length;
  }
}

// Headers of the tile parts, as far as the file has them.
bool read_tiles(std::string_view stream, std::size_t at, std::uint32_t components, Parts& parts) {
  constexpr std::size_t kShortest = 14, kFirstSegment = 12;
  const ByteReader in(stream, ByteOrder::kBig);
  while (in.u16(at) == kStartOfTile) {
    if (read_segments(in, at + kFirstSegment, components, parts) == 0) return false;
    const std::size_t length = in.u32(at + 6);
    if (length == 0) return true;  // to the end of the file
    if (length < kShortest) return false;
    at += length;
  }
  return true;
}

std::int64_t parts_of(std::int64_t length, std::int64_t each) { return (length + each - 1) / each; }

struct Tiles {
  std::int64_t count = 0;  // 0: corrupt
  ImageSize size;          // the largest one
};

Tiles tiles_of(const ByteReader& in, ImageSize size) {
  const std::int64_t width = in.u32(24), height = in.u32(28), left = in.u32(32), top = in.u32(36);
  constexpr std::int64_t kMostTiles = 65535;
  if (width < 1 || height < 1) return {};
  const auto wide = parts_of(std::int64_t{in.u32(8)} - left, width),
             high = parts_of(std::int64_t{in.u32(12)} - top, height);
  if (wide < 1 || high < 1 || wide > kMostTiles / high) return {};
  return {wide * high, {std::min(height, size.height), std::min(width, size.width)}};
}

// Bytes that OpenJPEG takes: for each tile of the file and its components; and, for one tile at a time, for each
// precinct and code block. Measured, except for precincts, which are computed from its structures. All resolutions and
// their three bands have four times as many precincts as the largest resolution.
std::int64_t codec_bytes(const Tiles& tiles, std::int64_t components, const Parts& parts) {
  constexpr std::int64_t kTile = 9216, kTileComponent = 1152, kPrecinct = 320, kBlock = 420, kLevels = 33;
  const auto count = [&](std::uint32_t wide, std::uint32_t high) {
    return parts_of(tiles.size.width, std::int64_t{1} << wide) * parts_of(tiles.size.height, std::int64_t{1} << high);
  };
  const auto precincts = count(parts.precinct_wide, parts.precinct_high);
  // A precinct has half its sides in a band, which limits its code blocks.
  const auto in_band = [](std::uint32_t precinct) { return std::max(precinct, 1U) - 1; };
  const auto blocks = count(std::min(parts.block_wide, in_band(parts.precinct_wide)),
                            std::min(parts.block_high, in_band(parts.precinct_high)));
  return tiles.count * (kTile + components * kTileComponent) +
         components * ((precincts * 4 + kLevels) * kPrecinct + (blocks + kLevels) * kBlock);
}

void read_codestream(std::string_view stream, ImageHeader& header) {
  const ByteReader in(stream, ByteOrder::kBig);
  if (in.u16(0) != kStartOfStream || in.u16(2) != kSize) return;
  const ImageSize size{std::int64_t{in.u32(12)} - in.u32(20), std::int64_t{in.u32(8)} - in.u32(16)};
  const auto components = in.u16(40);
  const auto tiles = tiles_of(in, size);
  Parts parts;
  const auto first_tile = read_segments(in, 2, components, parts);
  if (size.height < 1 || size.width < 1 || tiles.count < 1 || first_tile == 0) return;
  if (!read_tiles(stream, first_tile, components, parts)) return;
  std::uint32_t bits = 0;
  for (std::uint32_t i = 0; i < components; ++i) bits = std::max(bits, (in.u8(42 + 3 * i) & 127) + 1);
  header.size = size;
  header.pixel_bytes = components * (bits <= 8 ? 1 : bits <= 16 ? 2 : 8);
  const bool side_is_refused = std::max(size.height, size.width) > kMostImageSide;
  if (!side_is_refused) header.codec_bytes = codec_bytes(tiles, components, parts);
}

}  // namespace

void read_jpeg2000_header(std::string_view file, ImageHeader& header) {
  const ByteReader in(file, ByteOrder::kBig);
  if (in.u16(0) == kStartOfStream) return read_codestream(file, header);
  constexpr std::size_t kBox = 8, kLongBox = 16;
  for (std::size_t at = 0; at + kBox <= file.size();) {
    const bool is_long = in.u32(at) == 1;
    const std::size_t length = is_long ? in.number(at + kBox, 8) : in.u32(at), head = is_long ? kLongBox : kBox;
    if (has_bytes(file, at + 4, "jp2c")) return read_codestream(file.substr(std::min(at + head, file.size())), header);
    if (length < head || length > file.size() - at) return;
    at += length;
  }
}

}  // namespace llama32med
