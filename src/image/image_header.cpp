#include "image_header.h"

#include <algorithm>

namespace llama32med {
namespace {

enum class Order { kBig, kLittle };

// Integers at byte offsets; 0 beyond the end.
class Reader {
 public:
  Reader(std::string_view bytes, Order order) : bytes_(bytes), order_(order) {}

  std::uint64_t number(std::size_t offset, int count) const {
    if (offset > bytes_.size() || bytes_.size() - offset < static_cast<std::size_t>(count)) return 0;
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[offset + (order_ == Order::kBig ? i : count - 1 - i)]);
    return value;
  }
  std::uint32_t u8(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 1)); }
  std::uint32_t u16(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 2)); }
  std::uint32_t u24(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 3)); }
  std::uint32_t u32(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }

 private:
  std::string_view bytes_;
  Order order_;
};

bool has(std::string_view file, std::size_t offset, std::string_view what) {
  return offset <= file.size() && file.substr(offset, what.size()) == what;
}

// ---- TIFF 6.0, also the format of EXIF ----------------------------------------------------------------------------

struct TiffField {
  std::uint32_t tag, type, count;
  std::size_t at;  // offset of the first value
};

std::size_t tiff_value_size(std::uint32_t type) { return type == 3 || type == 8 ? 2 : type == 4 || type == 9 ? 4 : 1; }

Order tiff_order(std::string_view tiff) { return has(tiff, 0, "MM") ? Order::kBig : Order::kLittle; }

std::vector<TiffField> tiff_fields(std::string_view tiff) {  // fields of the first page
  const Reader in(tiff, tiff_order(tiff));
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
  const Reader in(tiff, tiff_order(tiff));
  for (const TiffField& field : tiff_fields(tiff)) {
    if (field.tag != tag) continue;
    const auto size = tiff_value_size(field.type);
    std::vector<std::uint64_t> values(std::min<std::size_t>(field.count, tiff.size() / size));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = in.number(field.at + i * size, static_cast<int>(size));
    return values;
  }
  return {};
}

std::int64_t tiff_value(std::string_view tiff, std::uint32_t tag, std::int64_t otherwise) {
  const auto values = tiff_values(tiff, tag);
  return values.empty() ? otherwise : static_cast<std::int64_t>(values[0]);
}

int exif_orientation(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 274;
  const auto value = tiff_value(tiff, kOrientation, 1);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
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

void read_tiff(std::string_view file, ImageHeader& header) {
  header.alpha = tiff_alpha(file);
  header.size = {tiff_value(file, 257, 0), tiff_value(file, 256, 0)};
  for (const auto& [offsets, counts] : {std::pair{273, 279}, std::pair{324, 325}}) {  // strips, tiles
    const auto begin = tiff_values(file, offsets), length = tiff_values(file, counts);
    for (std::size_t i = 0; i < std::min(begin.size(), length.size()); ++i)
      header.bytes_needed = std::max(header.bytes_needed, begin[i] + length[i]);
  }
}

// ---- other formats ------------------------------------------------------------------------------------------------

// ISO/IEC 10918-1 B.2: segments up to the first scan.
void read_jpeg(std::string_view file, ImageHeader& header) {
  const Reader in(file, Order::kBig);
  for (std::size_t at = 2; at + 4 <= file.size();) {
    const auto marker = in.u8(at + 1), length = in.u16(at + 2);
    if (in.u8(at) != 0xFF) return;
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return;
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {  // these have no body
      at += 2;
      continue;
    }
    const std::size_t body = at + 4;
    const bool is_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) {
      header.bits = static_cast<int>(in.u8(body));
      header.size = {in.u16(body + 1), in.u16(body + 3)};
      header.components = static_cast<int>(in.u8(body + 5));
      for (int i = 1; i < header.components; ++i) header.subsampled |= in.u8(body + 7 + 3 * i) != in.u8(body + 7);
    } else if (marker == 0xE1 && has(file, body, std::string_view("Exif\0\0", 6)) && length > 8) {
      header.orientation = exif_orientation(file.substr(body + 6, length - 8));
    } else if (marker == 0xEE && has(file, body, "Adobe")) {
      header.adobe_transform = static_cast<int>(in.u8(body + 11));
    }
    at += 2 + std::max<std::size_t>(length, 2);
  }
}

void read_png(std::string_view file, ImageHeader& header) {
  const Reader in(file, Order::kBig);
  header.size = {in.u32(20), in.u32(16)};
  header.bits = static_cast<int>(in.u8(24));
  const auto color_type = in.u8(25);
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = in.u32(at), body = at + 8;
    if (length > file.size() - body) return;
    if (has(file, at + 4, "eXIf")) header.orientation = exif_orientation(file.substr(body, length));
    if (has(file, at + 4, "tRNS") && (color_type == 0 || color_type == 2)) {
      const std::uint32_t full = (1U << std::min(header.bits, 16)) - 1;
      for (std::size_t i = 0; i + 2 <= length && i < 6 && full > 0; i += 2)
        header.key.push_back(
            static_cast<std::uint8_t>(header.bits == 16 ? in.u8(body + i) : in.u16(body + i) * 255 / full));
    }
    at = body + length + 4;
  }
}

void read_bmp(std::string_view file, ImageHeader& header) {
  const Reader in(file, Order::kLittle);
  if (in.u32(14) == 12) {  // OS/2
    header.size = {in.u16(20), in.u16(18)};
    return;
  }
  const auto height = static_cast<std::int32_t>(in.u32(22)), width = static_cast<std::int32_t>(in.u32(18));
  header.size = {std::abs(static_cast<std::int64_t>(height)), width};  // negative height: rows are stored top-down
}

void read_webp(std::string_view file, ImageHeader& header) {
  const Reader in(file, Order::kLittle);
  if (has(file, 12, "VP8 ")) header.size = {in.u16(28) & 0x3FFF, in.u16(26) & 0x3FFF};
  if (has(file, 12, "VP8L")) header.size = {(in.u32(21) >> 14 & 0x3FFF) + 1, (in.u32(21) & 0x3FFF) + 1};
  if (!has(file, 12, "VP8X")) return;
  header.size = {in.u24(27) + 1, in.u24(24) + 1};
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::size_t length = in.u32(at + 4), body = at + 8;
    if (length > file.size() - body) return;
    auto exif = file.substr(body, length);
    if (has(exif, 0, std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
    if (has(file, at, "EXIF")) header.orientation = exif_orientation(exif);
    at = body + length + length % 2;
  }
}

ImageFormat format_of(std::string_view file) {
  if (has(file, 0, "\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
  if (has(file, 0, "\xFF\xD8\xFF")) return ImageFormat::kJpeg;
  if (has(file, 0, "BM")) return ImageFormat::kBmp;
  if (has(file, 0, "RIFF") && has(file, 8, "WEBP")) return ImageFormat::kWebp;
  if (has(file, 0, std::string_view("II*\0", 4)) || has(file, 0, std::string_view("MM\0*", 4)))
    return ImageFormat::kTiff;
  return ImageFormat::kUnknown;
}

}  // namespace

std::string_view name_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kWebp:
      return "WebP";
    case ImageFormat::kTiff:
      return "TIFF";
    case ImageFormat::kUnknown:
      break;
  }
  return "unknown";
}

ImageHeader read_image_header(std::string_view file) {
  ImageHeader header;
  header.format = format_of(file);
  switch (header.format) {
    case ImageFormat::kPng:
      read_png(file, header);
      break;
    case ImageFormat::kJpeg:
      read_jpeg(file, header);
      break;
    case ImageFormat::kBmp:
      read_bmp(file, header);
      break;
    case ImageFormat::kWebp:
      read_webp(file, header);
      break;
    case ImageFormat::kTiff:
      read_tiff(file, header);
      break;
    case ImageFormat::kUnknown:
      break;
  }
  return header;
}

}  // namespace llama32med
