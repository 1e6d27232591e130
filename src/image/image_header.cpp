#include "image_header.h"

#include <algorithm>
#include <array>

#include "image/formats/byte_reader.h"
#include "image/formats/gif.h"
#include "image/formats/jpeg2000.h"
#include "image/formats/pnm.h"
#include "image/formats/tiff.h"

namespace llama32med {
namespace {

void read_frame(const ByteReader& in, std::size_t body, ImageHeader& header) {
  header.bits = static_cast<int>(in.u8(body));
  header.size = {in.u16(body + 1), in.u16(body + 3)};
  header.components = static_cast<int>(in.u8(body + 5));
  header.pixel_bytes = header.components;
  for (int i = 1; i < header.components; ++i) header.subsampled |= in.u8(body + 7 + 3 * i) != in.u8(body + 7);
}

// ISO/IEC 10918-1 B.2: segments up to the first scan. Only the first frame counts, as for libjpeg, and nothing behind
// bytes that libjpeg would skip in search of the next marker.
void read_jpeg(std::string_view file, ImageHeader& header) {
  const ByteReader in(file, ByteOrder::kBig);
  for (std::size_t at = 2; at + 4 <= file.size();) {
    const auto marker = in.u8(at + 1), length = in.u16(at + 2);
    if (in.u8(at) != 0xFF || marker == 0x00) return;
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
    if (is_frame && header.components == 0) {
      read_frame(in, body, header);
    } else if (marker == 0xE1 && has_bytes(file, body, std::string_view("Exif\0\0", 6)) && length > 8) {
      header.orientation = exif_orientation(file.substr(body + 6, length - 8));
    } else if (marker == 0xEE && has_bytes(file, body, "Adobe")) {
      header.adobe_transform = static_cast<int>(in.u8(body + 11));
    }
    at += 2 + std::max<std::size_t>(length, 2);
  }
}

// Gray is decoded as one channel, a palette and RGB as three, everything with alpha as four.
std::int64_t png_channels(std::uint32_t color_type) { return color_type == 0 ? 1 : color_type == 2 ? 3 : 4; }

void read_png(std::string_view file, ImageHeader& header) {
  const ByteReader in(file, ByteOrder::kBig);
  if (!has_bytes(file, 12, "IHDR")) return;
  header.size = {in.u32(20), in.u32(16)};
  header.bits = static_cast<int>(in.u8(24));
  const auto color_type = in.u8(25);
  header.pixel_bytes = png_channels(color_type) * (header.bits == 16 ? 2 : 1);
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = in.u32(at), body = at + 8;
    if (length > file.size() - body) return;
    if (has_bytes(file, at + 4, "eXIf")) header.orientation = exif_orientation(file.substr(body, length));
    if (has_bytes(file, at + 4, "tRNS") && (color_type == 0 || color_type == 2)) {
      const std::uint32_t full = (1U << std::min(header.bits, 16)) - 1;
      for (std::size_t i = 0; i + 2 <= length && i < 6 && full > 0; i += 2)
        header.key.push_back(
            static_cast<std::uint8_t>(header.bits == 16 ? in.u8(body + i) : in.u16(body + i) * 255 / full));
    }
    at = body + length + 4;
  }
}

void read_bmp(std::string_view file, ImageHeader& header) {
  const ByteReader in(file, ByteOrder::kLittle);
  if (in.u32(14) == 12) {  // OS/2
    header.size = {in.u16(20), in.u16(18)};
    return;
  }
  const auto height = static_cast<std::int32_t>(in.u32(22)), width = static_cast<std::int32_t>(in.u32(18));
  if (width < 1) return;
  header.size = {std::abs(static_cast<std::int64_t>(height)), width};  // negative height: rows are stored top-down
}

void read_webp(std::string_view file, ImageHeader& header) {
  const ByteReader in(file, ByteOrder::kLittle);
  if (has_bytes(file, 12, "VP8 ")) header.size = {in.u16(28) & 0x3FFF, in.u16(26) & 0x3FFF};
  if (has_bytes(file, 12, "VP8L")) header.size = {(in.u32(21) >> 14 & 0x3FFF) + 1, (in.u32(21) & 0x3FFF) + 1};
  if (!has_bytes(file, 12, "VP8X")) return;
  constexpr std::uint32_t kAnimated = 0x02;
  header.size = {in.u24(27) + 1, in.u24(24) + 1};
  header.animated = (in.u8(20) & kAnimated) != 0;
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::size_t length = in.u32(at + 4), body = at + 8;
    if (length > file.size() - body) return;
    auto exif = file.substr(body, length);
    if (has_bytes(exif, 0, std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
    if (has_bytes(file, at, "EXIF")) header.orientation = exif_orientation(exif);
    at = body + length + length % 2;
  }
}

struct Format {
  ImageFormat format;
  std::string_view name;
  bool (*is)(std::string_view file);
  void (*read)(std::string_view file, ImageHeader& header);
};

template <std::size_t offset, std::size_t n>
bool has_at(std::string_view file, const char (&what)[n]) {
  return has_bytes(file, offset, std::string_view(what, n - 1));
}

constexpr std::array kFormats = {
    Format{ImageFormat::kPng, "PNG", [](std::string_view f) { return has_at<0>(f, "\x89PNG\r\n\x1a\n"); }, read_png},
    Format{ImageFormat::kJpeg, "JPEG", [](std::string_view f) { return has_at<0>(f, "\xFF\xD8\xFF"); }, read_jpeg},
    Format{ImageFormat::kBmp, "BMP", [](std::string_view f) { return has_at<0>(f, "BM"); }, read_bmp},
    Format{ImageFormat::kWebp, "WebP", [](std::string_view f) { return has_at<0>(f, "RIFF") && has_at<8>(f, "WEBP"); },
           read_webp},
    Format{ImageFormat::kTiff, "TIFF",
           [](std::string_view f) { return has_at<0>(f, "II*\0") || has_at<0>(f, "MM\0*"); }, read_tiff_header},
    Format{ImageFormat::kGif, "GIF",
           [](std::string_view f) { return has_at<0>(f, "GIF87a") || has_at<0>(f, "GIF89a"); },
           [](std::string_view f, ImageHeader& header) { header.size = gif_size(f); }},
    Format{ImageFormat::kPnm, "PNM", is_pnm, read_pnm_header},
    Format{
        ImageFormat::kJpeg2000, "JPEG 2000",
        [](std::string_view f) { return has_at<0>(f, "\xFF\x4F\xFF\x51") || has_at<0>(f, "\0\0\0\x0CjP  \r\n\x87\n"); },
        read_jpeg2000_header}};

}  // namespace

std::string_view name_of(ImageFormat format) {
  for (const auto& known : kFormats)
    if (known.format == format) return known.name;
  return "unknown";
}

ImageHeader read_image_header(std::string_view file) {
  ImageHeader header;
  for (const auto& known : kFormats) {
    if (!known.is(file)) continue;
    header.format = known.format;
    known.read(file, header);
    break;
  }
  return header;
}

}  // namespace llama32med
