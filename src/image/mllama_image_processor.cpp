#include "llama32med/image/mllama_image_processor.h"

#include <algorithm>
#include <cstring>

#include "llama32med/core/error.h"
#include "llama32med/image/geometry.h"
#include "llama32med/image/resize.h"

namespace llama32med {
namespace {

// [count, 3] -> three rows of `count` values with a stride of `apart` bytes.
#if defined(__x86_64__) && defined(__gnu_linux__)
[[gnu::target_clones("avx2", "default")]]
#endif
void split_channels(const std::uint8_t* __restrict in, std::int64_t count, std::uint8_t* __restrict out,
                    std::int64_t apart) {
  std::uint8_t* __restrict red = out, * __restrict green = out + apart, * __restrict blue = out + 2 * apart;
  for (std::int64_t i = 0; i < count; ++i) {
    red[i] = in[3 * i];
    green[i] = in[3 * i + 1];
    blue[i] = in[3 * i + 2];
  }
}

// Copies the tile whose first pixel is `corner` of the image; pixels outside the image stay black.
void cut_tile(const Picture& picture, ImageSize corner, std::int64_t side, std::uint8_t* tile) {
  const auto rows = std::min(side, picture.size.height - corner.height);
  const auto columns = std::min(side, picture.size.width - corner.width);
  if (columns <= 0) return;
  for (std::int64_t y = 0; y < rows; ++y) {
    const auto first = (corner.height + y) * picture.size.width + corner.width;
    const std::uint8_t* in = picture.pixels.data() + first * picture.channels;
    std::uint8_t* out = tile + y * side;
    if (picture.channels == 3) {
      split_channels(in, columns, out, side * side);
      continue;
    }
    for (std::int64_t channel = 0; channel < 3; ++channel) std::memcpy(out + channel * side * side, in, columns);
  }
}

}  // namespace

MllamaImageProcessor::MllamaImageProcessor(TileSettings settings, ImageProcessorConfig config)
    : ImageProcessor(std::move(config)), settings_(settings) {
  if (settings_.tile_size < 1 || settings_.max_tiles < 1)
    throw data_error("image tiles of {} pixels, at most {}: both must be at least 1", settings_.tile_size,
                     settings_.max_tiles);
}

ImageExtent MllamaImageProcessor::extent(ImageSize picture) const {
  return {1, choose_grid(picture, settings_.tile_size, settings_.max_tiles)};
}

ProcessedImage MllamaImageProcessor::arrange(const Picture& picture) const {
  const auto side = settings_.tile_size;
  const auto grid = choose_grid(picture.size, side, settings_.max_tiles);
  const ImageSize canvas{grid.high * side, grid.wide * side};
  const auto fitted = fit_to_canvas(picture.size, canvas, side);
  const Picture resized = fitted == picture.size ? Picture{} : resize_bilinear(picture, fitted);
  const Picture& placed = fitted == picture.size ? picture : resized;
  ProcessedImage image{.shape = {grid.count(), 3, side, side},
                       .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(grid.count() * 3 * side * side)),
                       .extent = {1, grid},
                       .aspect_ratio_id = aspect_ratio_id(grid, settings_.max_tiles),
                       .resized = fitted,
                       .canvas = canvas};
  for (std::int64_t tile = 0; tile < grid.count(); ++tile)
    cut_tile(placed, {tile / grid.wide * side, tile % grid.wide * side}, side,
             image.pixels.data() + tile * 3 * side * side);
  return image;
}

}  // namespace llama32med
