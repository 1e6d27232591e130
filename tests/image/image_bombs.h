// Small files that claim to be large, made here byte by byte. None of them holds pixels.
#pragma once
#include <string>
#include <string_view>

#include "image/image_files.h"

namespace llama32med::test {

inline std::string png_claim(ImageSize size, int bits, int color_type) {
  return "\x89PNG\r\n\x1a\n" + big_endian(13, 4) + "IHDR" + big_endian(size.width, 4) + big_endian(size.height, 4) +
         static_cast<char>(bits) + static_cast<char>(color_type) + std::string(7, '\0');
}

inline std::string jpeg_frame(ImageSize size) {
  return "\xFF\xC0" + big_endian(17, 2) + "\x08" + big_endian(size.height, 2) + big_endian(size.width, 2) +
         std::string("\3\1\x11\0\2\x11\0\3\x11\0", 10);
}

inline std::string jpeg_claim(ImageSize size) { return "\xFF\xD8" + jpeg_frame(size) + "\xFF\xD9"; }

inline std::string bmp_claim(ImageSize size) {
  return "BM" + little_endian(54, 4) + little_endian(0, 4) + little_endian(54, 4) + little_endian(40, 4) +
         little_endian(size.width, 4) + little_endian(size.height, 4) + little_endian(1, 2) + little_endian(24, 2) +
         std::string(24, '\0');
}

inline std::string gif_claim(ImageSize size) {
  const auto sides = little_endian(size.width, 2) + little_endian(size.height, 2);
  return "GIF89a" + sides + std::string(3, '\0') + "," + std::string(4, '\0') + sides + std::string("\0\2\0;", 4);
}

inline std::string pnm_claim(ImageSize size) {
  return "P5 " + std::to_string(size.width) + " " + std::to_string(size.height) + " 255\n";
}

// ---- WebP ---------------------------------------------------------------------------------------------------------

inline std::string webp_chunk(std::string_view name, std::string body) {
  const auto length = little_endian(body.size(), 4);
  if (body.size() % 2 != 0) body.push_back('\0');
  return std::string(name) + length + body;
}

inline std::string webp_of(const std::string& chunks) {
  return "RIFF" + little_endian(chunks.size() + 4, 4) + "WEBP" + chunks;
}

inline std::string lossless_frame(ImageSize size) {
  return webp_chunk("VP8L",
                    "\x2f" + little_endian((size.height - 1) << 14 | (size.width - 1), 4) + std::string(8, '\0'));
}

inline std::string webp_canvas(ImageSize size, int flags) {
  return webp_chunk("VP8X",
                    little_endian(flags, 4) + little_endian(size.width - 1, 3) + little_endian(size.height - 1, 3));
}

// An animation whose frame says `size`, while the frame's own header says `own`.
inline std::string animated_webp(ImageSize canvas, ImageSize size, ImageSize own) {
  const auto head = std::string(6, '\0') + little_endian(size.width - 1, 3) + little_endian(size.height - 1, 3) +
                    std::string(4, '\0');
  return webp_of(webp_canvas(canvas, 2) + webp_chunk("ANIM", std::string(6, '\0')) +
                 webp_chunk("ANMF", head + lossless_frame(own)));
}

// ---- TIFF ---------------------------------------------------------------------------------------------------------

struct TiffEntry {
  std::uint64_t tag, type, count, value;
};

inline std::string tiff_of(const std::vector<TiffEntry>& entries, const std::string& rest = "") {
  std::string file = std::string("II*\0", 4) + little_endian(8, 4) + little_endian(entries.size(), 2);
  for (const auto& [tag, type, count, value] : entries)
    file += little_endian(tag, 2) + little_endian(type, 2) + little_endian(count, 4) + little_endian(value, 4);
  return file + little_endian(0, 4) + rest;
}

inline std::vector<TiffEntry> tiff_entries(ImageSize size) {
  const auto width = static_cast<std::uint64_t>(size.width), height = static_cast<std::uint64_t>(size.height);
  return {{256, 4, 1, width}, {257, 4, 1, height}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1}, {277, 3, 1, 1}};
}

inline std::string tiff_claim(ImageSize size) { return tiff_of(tiff_entries(size)); }

// ---- JPEG 2000 ----------------------------------------------------------------------------------------------------

struct Codestream {
  ImageSize size, tile;
  int components = 1, block_exponent = 4;  // blocks of 2^(2 + exponent) on each side
  std::string precincts;                   // a byte per resolution
};

inline std::string jpeg2000_claim(const Codestream& claim) {
  const auto sides = [](ImageSize size) { return big_endian(size.width, 4) + big_endian(size.height, 4); };
  std::string head = "\xFF\x4F\xFF\x51" + big_endian(38 + 3 * claim.components, 2) + big_endian(0, 2) +
                     sides(claim.size) + big_endian(0, 8) + sides(claim.tile) + big_endian(0, 8) +
                     big_endian(claim.components, 2);
  for (int i = 0; i < claim.components; ++i) head += "\7\1\1";
  const auto block = std::string(2, static_cast<char>(claim.block_exponent));
  const auto levels = claim.precincts.empty() ? 5 : claim.precincts.size() - 1;
  head += "\xFF\x52" + big_endian(12 + claim.precincts.size(), 2) + static_cast<char>(!claim.precincts.empty()) +
          std::string("\0\0\1\0", 4) + static_cast<char>(levels) + block + std::string("\0\1", 2) + claim.precincts;
  return head + "\xFF\x5C" + big_endian(3 + 1 + 3 * levels, 2) + "\x40" + std::string(1 + 3 * levels, '\x40') +
         "\xFF\x90" + big_endian(10, 2) + big_endian(0, 2) + big_endian(0, 4) + std::string("\0\1", 2) + "\xFF\x93";
}

inline std::string jp2_of(ImageSize said, const std::string& codestream) {
  const auto box = [](std::string_view name, const std::string& body) {
    return big_endian(8 + body.size(), 4) + std::string(name) + body;
  };
  const auto size = big_endian(said.height, 4) + big_endian(said.width, 4) + std::string("\0\1\7\7\0\0", 6);
  return box("jP  ", "\r\n\x87\n") + box("ftyp", "jp2 " + big_endian(0, 4) + "jp2 ") +
         box("jp2h", box("ihdr", size) + box("colr", std::string("\1\0\0\0\0\0\x11", 7))) + box("jp2c", codestream);
}

// ---- deflate ------------------------------------------------------------------------------------------------------

// A zlib stream (RFC 1950, 1951) of `count` zeros, 258 of them in 13 bits.
inline std::string deflated_zeros(std::size_t count) {
  std::string stream("\x78\x01", 2);
  std::uint32_t bits = 0;
  int have = 0;
  const auto put = [&](std::uint32_t value, int length) {  // the most significant bit of a code comes first
    for (int i = length - 1; i >= 0; --i) {
      bits |= (value >> i & 1) << have++;
      if (have == 8) stream.push_back(static_cast<char>(bits)), bits = 0, have = 0;
    }
  };
  put(0b1, 1), put(0b10, 2);  // the last block, with fixed codes
  put(0b00110000, 8);         // a zero
  std::size_t done = 1;
  for (; done + 258 <= count; done += 258) put(0b11000101, 8), put(0, 5);  // the same again, 258 times
  for (; done < count; ++done) put(0b00110000, 8);
  put(0, 7), put(0, 7);  // the end, and bits to fill a byte
  return stream + big_endian((count % 65521) << 16 | 1, 4);
}

}  // namespace llama32med::test
