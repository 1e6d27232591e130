// Thumbnails: picture files of any kind that we read, as small JPEGs for a page to hold.
//
// As `sensible` decoding shows them: turned as EXIF says, deep samples scaled to 8 bits, four inks mixed, transparency
// on white. Shrunk by averaging over areas, never enlarged. Large JPEGs are decoded at 1/2, 1/4 or 1/8 of their size,
// which libjpeg does in the frequency domain at a part of the time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/image/picture.h"

namespace llama32med {

struct ThumbnailOptions {
  std::int64_t max_side = 256;  // pixels of the longer side, at least 1
  int quality = 80;             // of the JPEG, 1 to 100
};

struct Thumbnail {
  std::string jpeg;   // the file's bytes
  ImageSize source;   // of the picture in full, after turning
  std::string error;  // why there is none: one line that names the file, not its folder; `jpeg` is then empty
};

// Throws Error{kData} that names the file: missing, empty, no known format, too large, broken, cut short.
Thumbnail make_thumbnail(const std::filesystem::path& file, const ThumbnailOptions& options = {});

// One a file, in their order, by as many threads (at least 1). A file that cannot be read does not stop the others: its
// Thumbnail says why.
std::vector<Thumbnail> make_thumbnails(const std::vector<std::filesystem::path>& files, std::size_t threads,
                                       const ThumbnailOptions& options = {});

}  // namespace llama32med
