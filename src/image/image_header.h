// What a picture file says of itself before any pixel is decoded: size first, so that a bomb is refused unopened.
//
// PNG, JPEG, BMP, WebP and TIFF are told by their first bytes, never by the name. Only what decoding needs is read.
// Numbers outside the file read as 0, so a broken header gives a size of 0 and never an access out of bounds.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/image/picture.h"
#include "samples.h"

namespace llama32med {

enum class ImageFormat { kUnknown, kPng, kJpeg, kBmp, kWebp, kTiff };
std::string_view name_of(ImageFormat format);  // "PNG", ...

struct ImageHeader {
  ImageFormat format = ImageFormat::kUnknown;
  ImageSize size;                          // as stored, before any turning
  int orientation = 1;                     // EXIF, 1 .. 8 (JPEG, PNG, WebP; TIFF's own tag is obeyed by the decoder)
  int components = 0;                      // JPEG
  int bits = 8;                            // a sample (JPEG, PNG)
  bool subsampled = false;                 // JPEG: not all components have the same size
  int adobe_transform = -1;                // JPEG: APP14's, -1 without
  std::vector<std::uint8_t> key;           // PNG: the transparent gray or RGB color, as 8 bits a sample
  std::uint64_t bytes_needed = 0;          // TIFF: end of the furthest strip or tile
  AlphaKind alpha = AlphaKind::kStraight;  // TIFF: as libtiff hands it out
};

ImageHeader read_image_header(std::string_view file);

}  // namespace llama32med
