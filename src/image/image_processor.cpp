#include "llama32med/image/image_processor.h"

#include <algorithm>
#include <cstring>

#include "decode.h"
#include "image_header.h"
#include "llama32med/core/files.h"
#include "llama32med/image/geometry.h"
#include "llama32med/image/resize.h"

namespace llama32med {
namespace {

DecodeOptions decode_options(const ImageProcessorConfig& config) {
  DecodeOptions options{config.compatibility, std::nullopt};
  if (config.window.size() == 2) options.window = IntensityWindow{config.window[0], config.window[1]};
  return options;
}

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

ImageProcessor::ImageProcessor(TileSettings settings, ImageProcessorConfig config)
    : settings_(settings), config_(std::move(config)) {
  if (settings_.tile_size < 1 || settings_.max_tiles < 1)
    throw data_error("image tiles of {} pixels, at most {}: both must be at least 1", settings_.tile_size,
                     settings_.max_tiles);
}

TiledImage ImageProcessor::operator()(const std::filesystem::path& path) const {
  return process(decode_image(path, decode_options(config_)));
}

std::int64_t ImageProcessor::tiles_of(const std::filesystem::path& path) const {
  const auto tiles = [&](ImageSize size) {
    const auto grid = choose_grid(size, settings_.tile_size, settings_.max_tiles);
    return grid.high * grid.wide;
  };
  if (config_.square_resize > 0) return tiles({config_.square_resize, config_.square_resize});
  if (!std::filesystem::is_regular_file(path)) return settings_.max_tiles;
  const MappedFile file(path);
  const auto header = read_image_header({reinterpret_cast<const char*>(file.data()), file.size()});
  auto size = header.size;
  if (size.height < 1 || size.width < 1) return settings_.max_tiles;
  // EXIF orientations from 5 on rotate by 90 degrees.
  const bool rotated = header.orientation >= 5 && config_.compatibility == ImageCompatibility::kSensible;
  if (rotated) std::swap(size.height, size.width);
  return tiles(size);
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
