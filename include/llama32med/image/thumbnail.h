// Thumbnails: image files of any supported format as small JPEGs to embed in a page.
//
// Decoded as with `sensible`: rotated by EXIF, deep samples scaled to 8 bits, CMYK converted, transparency on white.
// Shrunk by area averaging, never enlarged. Large JPEGs are decoded at 1/2, 1/4 or 1/8 of their size, which libjpeg
// does in the frequency domain in a fraction of the time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/image/picture.h"

namespace llama32med {

struct ThumbnailOptions {
  std::int64_t max_side = 256;  // longer side in pixels, at least 1
  int quality = 80;             // JPEG quality, 1 to 100
};

struct Thumbnail {
  std::string jpeg;   // the file's bytes
  ImageSize source;   // size of the full image, after EXIF rotation
  std::string error;  // why there is no thumbnail: one line with the file's name, not its folder; `jpeg` is then empty
};

// Throws Error{kData} naming the file: missing, empty, unknown format, over the default budget (image_budget.h),
// corrupt, truncated; Error{kResource} if the machine refuses it.
Thumbnail make_thumbnail(const std::filesystem::path& file, const ThumbnailOptions& options = {});

// One thumbnail per file, in order, on `threads` threads (at least 1). A file that cannot be read does not stop the
// others: its Thumbnail says why. Throws Error{kResource} if the machine refuses one.
std::vector<Thumbnail> make_thumbnails(const std::vector<std::filesystem::path>& files, std::size_t threads,
                                       const ThumbnailOptions& options = {});

}  // namespace llama32med
