#include "image/formats/tiff.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "image/formats/byte_reader.h"

namespace llama32med {
namespace {

struct TiffField {
  std::uint32_t tag, type;
  std::uint64_t count;
  std::size_t at;  // offset of the first value
};

// Bytes of a value, by the number of its type: BYTE, ASCII, SHORT, LONG, RATIONAL, and so on; 16 to 18 are BigTIFF's,
// which libtiff also reads in a plain TIFF.
std::size_t tiff_value_size(std::uint32_t type) {
  static constexpr std::array<std::size_t, 19> kSizes = {1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8};
  return type < kSizes.size() ? kSizes[type] : 1;
}

// Sizes and offsets of a plain TIFF have 32 bits. Types with more are cut off: as a size, the bits of a double would be
// negative.
constexpr std::uint64_t kMostValue = 0xFFFFFFFF;

ByteOrder tiff_order(std::string_view tiff) { return has_bytes(tiff, 0, "MM") ? ByteOrder::kBig : ByteOrder::kLittle; }

std::vector<TiffField> tiff_fields(std::string_view tiff) {  // fields of the first page
  const ByteReader in(tiff, tiff_order(tiff));
  std::vector<TiffField> fields;
  const std::size_t start = in.u32(4);
  const std::size_t room = start < tiff.size() ? (tiff.size() - start) / 12 : 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(in.u16(start), room); ++i) {
    const std::size_t at = start + 2 + i * 12;
    TiffField field{in.u16(at), in.u16(at + 2), in.u32(at + 4), at + 8};
    if (field.count * tiff_value_size(field.type) > 4) field.at = in.u32(at + 8);
    fields.push_back(field);
  }
  return fields;
}

std::vector<std::uint64_t> tiff_values(std::string_view tiff, std::uint32_t tag) {
  const ByteReader in(tiff, tiff_order(tiff));
  for (const TiffField& field : tiff_fields(tiff)) {
    if (field.tag != tag) continue;
    const auto size = tiff_value_size(field.type);
    std::vector<std::uint64_t> values(std::min<std::size_t>(field.count, tiff.size() / size));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = std::min(in.number(field.at + i * size, static_cast<int>(size)), kMostValue);
    return values;
  }
  return {};
}

std::int64_t tiff_value(std::string_view tiff, std::uint32_t tag, std::int64_t otherwise) {
  const auto values = tiff_values(tiff, tag);
  return values.empty() ? otherwise : static_cast<std::int64_t>(values[0]);
}

// libtiff premultiplies straight alpha for 8-bit samples only. Without the tag, a fourth sample is taken as straight
// alpha.
AlphaKind tiff_alpha(std::string_view file) {
  constexpr std::uint32_t kBitsPerSample = 258, kExtraSamples = 338;
  enum : std::int64_t { kAbsent = -1, kUnspecified, kAssociated, kUnassociated };
  const auto extra = tiff_value(file, kExtraSamples, kAbsent);
  if (extra == kUnspecified) return AlphaKind::kIgnored;
  const bool multiplies = extra == kUnassociated && tiff_value(file, kBitsPerSample, 1) <= 8;
  return multiplies || extra == kAssociated ? AlphaKind::kMultiplied : AlphaKind::kStraight;
}

// libtiff and OpenCV decode a strip or tile whole, even where it is larger than the image.
ImageSize tiff_part(std::string_view file, ImageSize size) {
  constexpr std::uint32_t kRowsPerStrip = 278, kTileWidth = 322, kTileLength = 323;
  constexpr std::int64_t kAllRows = 0xFFFFFFFF;
  if (const auto width = tiff_value(file, kTileWidth, 0); width != 0) return {tiff_value(file, kTileLength, 0), width};
  const auto rows = tiff_value(file, kRowsPerStrip, kAllRows);
  return {rows == 0 || rows == kAllRows ? size.height : rows, size.width};
}

// At least four bytes: 8-bit samples and fewer are decoded as RGBA.
std::int64_t tiff_pixel_bytes(std::string_view file) {
  constexpr std::uint32_t kBitsPerSample = 258, kSamplesPerPixel = 277;
  const auto bits = std::clamp<std::int64_t>(tiff_value(file, kBitsPerSample, 1), 1, 0xFFFF);
  const auto samples = std::clamp<std::int64_t>(tiff_value(file, kSamplesPerPixel, 1), 1, 0xFFFF);
  const auto sample_bytes = bits <= 8 ? 1 : std::max<std::int64_t>(2, (bits + 7) / 8);
  return std::max<std::int64_t>(samples * sample_bytes, bits <= 8 ? 4 : 1);
}

}  // namespace

int exif_orientation(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 274;
  const auto value = tiff_value(tiff, kOrientation, 1);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

void read_tiff_header(std::string_view file, ImageHeader& header) {
  constexpr std::uint32_t kBitsPerSample = 258, kCompression = 259, kPhotometric = 262, kSamplesPerPixel = 277;
  enum : std::int64_t { kWhiteIsZero = 0, kRgb = 2, kCmyk = 5, kJbig = 34661 };
  const auto photometric = tiff_value(file, kPhotometric, kRgb);
  header.white_is_zero = photometric == kWhiteIsZero;
  header.four_inks =
      photometric == kCmyk && tiff_value(file, kSamplesPerPixel, 1) == 4 && tiff_value(file, kBitsPerSample, 1) == 8;
  header.alpha = tiff_alpha(file);
  header.size = {tiff_value(file, 257, 0), tiff_value(file, 256, 0)};
  header.part = tiff_part(file, header.size);
  header.pixel_bytes = tiff_pixel_bytes(file);
  header.unbounded = tiff_value(file, kCompression, 1) == kJbig;
  for (const auto& [offsets, counts] : {std::pair{273, 279}, std::pair{324, 325}}) {  // strips, tiles
    const auto begin = tiff_values(file, offsets), length = tiff_values(file, counts);
    for (std::size_t i = 0; i < std::min(begin.size(), length.size()); ++i)
      header.bytes_needed = std::max(header.bytes_needed, begin[i] + length[i]);
  }
}

std::string jpeg_in_tiff(std::string_view jpeg, ImageSize size) {
  constexpr std::uint64_t kShort = 3, kLong = 4, kHeaderSize = 8;
  const std::uint64_t depths_at = kHeaderSize + (jpeg.size() + 1) / 2 * 2, fields_at = depths_at + 8;
  const auto height = static_cast<std::uint64_t>(size.height), width = static_cast<std::uint64_t>(size.width);
  const std::uint64_t fields[][4] = {
      {256, kLong, 1, width},       {257, kLong, 1, height},
      {258, kShort, 4, depths_at},  {259, kShort, 1, 7},           // compression: JPEG
      {262, kShort, 1, 2},          {273, kLong, 1, kHeaderSize},  // RGB; offset of the strip
      {277, kShort, 1, 4},          {278, kLong, 1, height},       // four samples; all rows in one strip
      {279, kLong, 1, jpeg.size()}, {284, kShort, 1, 1},           // interleaved samples
      {338, kShort, 1, 1}};  // the fourth is premultiplied alpha: libtiff leaves the others unchanged
  std::string tiff = std::string("II*\0", 4);
  append_little_endian(tiff, fields_at, 4);
  tiff.append(jpeg).resize(depths_at);
  for (int i = 0; i < 4; ++i) append_little_endian(tiff, 8, 2);
  append_little_endian(tiff, std::size(fields), 2);
  for (const auto& [tag, type, count, value] : fields) {
    append_little_endian(tiff, tag, 2);
    append_little_endian(tiff, type, 2);
    append_little_endian(tiff, count, 4);
    append_little_endian(tiff, value, 4);
  }
  append_little_endian(tiff, 0, 4);
  return tiff;
}

std::string cmyk_tiff_as_rgba(std::string_view file) {
  constexpr std::uint32_t kPhotometric = 262;
  constexpr char kRgb = 2;
  std::string changed(file);
  for (const auto& field : tiff_fields(file)) {
    if (field.tag != kPhotometric || field.at + 2 > changed.size()) continue;
    const std::size_t low = tiff_order(file) == ByteOrder::kLittle ? field.at : field.at + 1;
    changed[low] = kRgb;
  }
  return changed;
}

}  // namespace llama32med
