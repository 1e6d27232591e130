#include "llama32med/image/image_processor.h"

#include <algorithm>
#include <cstring>

#include "decode.h"
#include "llama32med/image/geometry.h"
#include "llama32med/image/resize.h"

namespace llama32med {
namespace {

DecodeOptions decode_options(const ImageProcessorConfig& config) {
  DecodeOptions options{config.compatibility, std::nullopt};
  if (config.window.size() == 2) options.window = IntensityWindow{config.window[0], config.window[1]};
  return options;
}

// Row y of the picture, samples of one channel from column x on, to `out`.
void copy_samples(const Picture& picture, ImageSize at, std::int64_t channel, std::int64_t count, std::uint8_t* out) {
  const auto stride = picture.channels;
  const std::uint8_t* in = picture.pixels.data() + (at.height * picture.size.width + at.width) * stride;
  if (stride == 1) {
    std::memcpy(out, in, count);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) out[i] = in[i * 3 + channel];
}

// One tile, whose first pixel is `corner` of the picture; what lies outside the picture stays as it is (black).
void cut_tile(const Picture& picture, ImageSize corner, std::int64_t side, std::uint8_t* tile) {
  const auto rows = std::min(side, picture.size.height - corner.height);
  const auto columns = std::min(side, picture.size.width - corner.width);
  if (columns <= 0) return;
  for (std::int64_t channel = 0; channel < 3; ++channel)
    for (std::int64_t y = 0; y < rows; ++y)
      copy_samples(picture, {corner.height + y, corner.width}, channel, columns, tile + (channel * side + y) * side);
}

}  // namespace

ImageProcessor::ImageProcessor(TileSettings settings, ImageProcessorConfig config)
    : settings_(settings), config_(std::move(config)) {
  if (settings_.tile_size < 1 || settings_.max_tiles < 1)
    throw data_error("image tiles of {} pixels, at most {}: both must be at least 1", settings_.tile_size,
                     settings_.max_tiles);
}

TiledImage ImageProcessor::operator()(const std::filesystem::path& path) const {
  return process(decode_image(path, decode_options(config_)));
}

TiledImage ImageProcessor::process(const Picture& picture) const {
  const auto square = config_.square_resize;
  if (square > 0 && picture.size != ImageSize{square, square}) {
    auto result = process(resize_bilinear(picture, {square, square}));
    result.source_height = picture.size.height, result.source_width = picture.size.width;
    return result;
  }
  const auto side = settings_.tile_size;
  const auto grid = choose_grid(picture.size, side, settings_.max_tiles);
  const auto fitted = fit_to_canvas(picture.size, {grid.high * side, grid.wide * side}, side);
  const Picture resized = fitted == picture.size ? Picture{} : resize_bilinear(picture, fitted);
  const Picture& placed = fitted == picture.size ? picture : resized;
  TiledImage image{side,
                   grid.high,
                   grid.wide,
                   aspect_ratio_id(grid, settings_.max_tiles),
                   picture.size.height,
                   picture.size.width,
                   std::vector<std::uint8_t>(grid.high * grid.wide * 3 * side * side)};
  for (std::int64_t tile = 0; tile < image.tiles(); ++tile)
    cut_tile(placed, {tile / grid.wide * side, tile % grid.wide * side}, side,
             image.pixels.data() + tile * 3 * side * side);
  return image;
}

}  // namespace llama32med
