// Decodes image files to 8-bit images and encodes JPEGs.
//
// sensible: what a viewer of the image expects. EXIF orientation is applied, transparency is blended with white,
// samples deeper than 8 bits are scaled from their own smallest..largest value, or from a given window, to 0..255.
//
// reference: the bytes that PIL and transformers' convert_to_rgb give. EXIF is ignored, transparency is blended with
// white, 16-bit gray is clipped at 255 (nearly white), 16-bit color keeps its high byte, transparent RGB colors stay
// opaque. (A TIFF's own orientation tag is applied in both, as PIL does.)
//
// `reference` equals PIL byte for byte, except for differences of at most 1 of 255 in CMYK JPEGs with subsampled chroma
// (OpenCV converts those itself, in steps of 1/256; all others are converted here) and 8-bit TIFFs with alpha (libtiff
// premultiplies). OpenCV drops the alpha of 8-bit gray TIFFs, and so do we. Like PIL, `reference` ignores that white is
// zero in deep TIFFs. Only the first page or frame is read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "image_header.h"
#include "llama32med/image/image_budget.h"
#include "llama32med/image/image_processor.h"
#include "samples.h"

namespace llama32med {

struct DecodeOptions {
  ImageCompatibility compatibility = ImageCompatibility::kSensible;
  std::optional<IntensityWindow> window;  // sensible only; in stored values
  // Minimum length of the longer side: a larger JPEG is decoded at 1/2, 1/4 or 1/8 of its size, in a fraction of the
  // time. 0: full size.
  std::int64_t enough_side = 0;
  ImageBudget budget;
};

// Throws Error{kData} naming the file: missing, empty, unknown format, no pixels, over the budget, corrupt, truncated;
// Error{kResource} if the machine lacks the memory or the codecs (image/codecs/codecs.h).
Picture decode_image(const std::filesystem::path& path, const DecodeOptions& options);

// The same for bytes in memory; `name` is used in errors.
Picture decode_image_bytes(std::string_view bytes, const std::string& name, const DecodeOptions& options);

// The JPEG file of an 8-bit image, gray or RGB; quality 1 to 100. The bytes depend on the version of libjpeg.
std::string encode_jpeg(const Picture& picture, int quality);

}  // namespace llama32med
