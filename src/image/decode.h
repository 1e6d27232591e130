// Image files to 8-bit pictures, and pictures to JPEGs, through OpenCV (this is its only door).
//
// sensible: what a reader of the picture expects. EXIF orientation is applied, transparency lies on white, samples
// deeper than 8 bits are scaled from their own smallest..largest value, or from a given window, to 0..255.
//
// reference: the bytes that PIL and transformers' convert_to_rgb give. EXIF is ignored, transparency lies on white,
// 16-bit gray is clipped at 255 (nearly white), of 16-bit color the high byte is taken, transparent RGB colors stay
// opaque. (A TIFF's own orientation is obeyed in both, as PIL does.)
//
// In `reference` equal to PIL byte for byte, except by at most 1 of 255: JPEGs of four inks with subsampled chroma
// (OpenCV mixes those itself, in steps of 1/256; all others are mixed here), 8-bit TIFFs of four inks, and 8-bit TIFFs
// with alpha (libtiff multiplies first). 8-bit gray TIFFs with alpha: OpenCV drops the alpha, so do we. Only the first
// page is read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "image_header.h"
#include "llama32med/image/image_processor.h"
#include "samples.h"

namespace llama32med {

// Refused above, before any pixel is decoded: a slip of units or a bomb, and 1.2 GB decoded at the latter.
inline constexpr std::int64_t kMaxImageSide = 20'000;
inline constexpr std::int64_t kMaxImagePixels = 400'000'000;

struct DecodeOptions {
  ImageCompatibility compatibility = ImageCompatibility::kSensible;
  std::optional<IntensityWindow> window;  // sensible only; in stored values
  // A picture whose longer side has at least so many pixels will do: a larger JPEG is then decoded at 1/2, 1/4 or 1/8
  // of its size, in a part of the time. 0: all pixels.
  std::int64_t enough_side = 0;
};

// Throws Error{kData} that names the file: missing, empty, no known format, no pixels, too large, broken, cut short.
Picture decode_image(const std::filesystem::path& path, const DecodeOptions& options);

// The same for bytes in memory; `name` is what errors call them.
Picture decode_image_bytes(std::string_view bytes, const std::string& name, const DecodeOptions& options);

// The file of an 8-bit picture, gray or RGB; quality 1 to 100. Its bytes depend on the version of libjpeg.
std::string encode_jpeg(const Picture& picture, int quality);

}  // namespace llama32med
