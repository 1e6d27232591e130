// The header of an image file, read before any pixel is decoded so that decompression bombs are rejected by their size.
//
// PNG, JPEG, BMP, WebP, TIFF, GIF, PNM and JPEG 2000 are recognized by magic bytes, never by file name. Only what
// decoding needs is read. Values beyond the end of the file read as 0: a corrupt header gives a size of 0, never an
// out-of-bounds access.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/image/picture.h"
#include "samples.h"

namespace llama32med {

enum class ImageFormat { kUnknown, kPng, kJpeg, kBmp, kWebp, kTiff, kGif, kPnm, kJpeg2000 };
std::string_view name_of(ImageFormat format);  // "PNG", ...

struct ImageHeader {
  ImageFormat format = ImageFormat::kUnknown;
  ImageSize size;                          // as stored, before rotation; 0 x 0 if the header is corrupt
  std::int64_t pixel_bytes = 4;            // decoded: channels x bytes per sample
  ImageSize part;                          // TIFF: its strips or tiles, each of which is decoded whole
  std::int64_t codec_bytes = 0;            // JPEG 2000: what the codec needs for tiles, precincts and code blocks
  int orientation = 1;                     // EXIF, 1 .. 8 (JPEG, PNG, WebP; the decoder applies TIFF's own tag)
  int components = 0;                      // JPEG
  int bits = 8;                            // per sample (JPEG, PNG)
  bool subsampled = false;                 // JPEG: not all components have the same size
  int adobe_transform = -1;                // JPEG: from APP14, -1 if absent
  std::vector<std::uint8_t> key;           // PNG: the transparent gray or RGB color, 8 bits per sample
  bool animated = false;                   // WebP
  bool white_is_zero = false;              // TIFF: samples of gray are inverted
  bool four_inks = false;                  // TIFF: 8-bit CMYK
  std::uint64_t bytes_needed = 0;          // TIFF: end of the last strip or tile
  bool unbounded = false;                  // TIFF: compressed by a method whose memory no header tells (JBIG)
  AlphaKind alpha = AlphaKind::kStraight;  // TIFF: as returned by libtiff
};

ImageHeader read_image_header(std::string_view file);

}  // namespace llama32med
