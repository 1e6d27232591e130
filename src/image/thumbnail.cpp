#include "llama32med/image/thumbnail.h"

#include <algorithm>
#include <cmath>

#include "decode.h"
#include "image_header.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/parallel.h"
#include "llama32med/image/resize.h"

namespace llama32med {
namespace {

// Keeps the aspect ratio; no side is above `max_side` or below 1.
ImageSize fitted(ImageSize size, std::int64_t max_side) {
  const auto side = std::max(size.height, size.width);
  if (side <= max_side) return size;
  const auto scaled = [&](std::int64_t length) {
    const auto exact = static_cast<double>(length) * static_cast<double>(max_side) / static_cast<double>(side);
    return std::max<std::int64_t>(1, std::llround(exact));
  };
  return {scaled(size.height), scaled(size.width)};
}

ImageSize size_in_full(const std::string& bytes, ImageSize decoded) {
  ImageSize size = read_image_header(bytes).size;
  if ((size.height > size.width) != (decoded.height > decoded.width)) std::swap(size.height, size.width);
  return size;
}

Thumbnail thumbnail_or_reason(const std::filesystem::path& file, const ThumbnailOptions& options) {
  const std::string path = file.string(), name = file.filename().string();
  try {
    return make_thumbnail(file, options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    const std::string text = error.what();
    return {.error = text.starts_with(path) ? name + text.substr(path.size()) : text};
  }
}

}  // namespace

Thumbnail make_thumbnail(const std::filesystem::path& file, const ThumbnailOptions& options) {
  const std::string bytes = read_file(file);
  const Picture picture = decode_image_bytes(bytes, file.string(), {.enough_side = options.max_side});
  const ImageSize size = fitted(picture.size, options.max_side);
  Thumbnail thumbnail{.source = size_in_full(bytes, picture.size)};
  thumbnail.jpeg = encode_jpeg(size == picture.size ? picture : resize_bilinear(picture, size), options.quality);
  return thumbnail;
}

std::vector<Thumbnail> make_thumbnails(const std::vector<std::filesystem::path>& files, std::size_t threads,
                                       const ThumbnailOptions& options) {
  std::vector<Thumbnail> thumbnails(files.size());
  parallel_for(files.size(), threads, [&](std::size_t i) { thumbnails[i] = thumbnail_or_reason(files[i], options); });
  return thumbnails;
}

}  // namespace llama32med
