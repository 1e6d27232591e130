#include "llama32med/image/geometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace llama32med {
namespace {

void require_positive(const char* what, std::int64_t value) {
  if (value < 1) throw std::invalid_argument(fmt::format("{} must be at least 1, not {}", what, value));
}

double ratio(std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

// floor(length * scale), at least 1 and at most `most`.
std::int64_t scaled(std::int64_t length, double scale, std::int64_t most) {
  const auto floored = static_cast<std::int64_t>(std::floor(static_cast<double>(length) * scale));
  return std::min(std::max<std::int64_t>(floored, 1), most);
}

}  // namespace

std::vector<ImageGrid> supported_grids(std::int64_t max_tiles) {
  require_positive("max_tiles", max_tiles);
  std::vector<ImageGrid> grids;
  for (std::int64_t high = 1; high <= max_tiles; ++high)
    for (std::int64_t wide = 1; high * wide <= max_tiles; ++wide) grids.push_back({high, wide});
  return grids;
}

ImageGrid choose_grid(ImageSize picture, std::int64_t tile_size, std::int64_t max_tiles) {
  require_positive("height", picture.height);
  require_positive("width", picture.width);
  require_positive("tile_size", tile_size);
  ImageGrid best;
  double best_scale = 0;
  for (const ImageGrid& grid : supported_grids(max_tiles)) {
    const double scale =
        std::min(ratio(grid.high * tile_size, picture.height), ratio(grid.wide * tile_size, picture.width));
    const bool enlarges = scale >= 1, best_enlarges = best_scale >= 1;
    const bool nearer = enlarges == best_enlarges ? (enlarges ? scale < best_scale : scale > best_scale) : enlarges;
    const bool smaller = scale == best_scale && grid.high * grid.wide < best.high * best.wide;
    if (nearer || smaller) best = grid, best_scale = scale;
  }
  return best;
}

ImageSize fit_to_canvas(ImageSize picture, ImageSize canvas, std::int64_t tile_size) {
  require_positive("height", picture.height);
  require_positive("width", picture.width);
  require_positive("tile_size", tile_size);
  const auto target_width = std::clamp(picture.width, tile_size, std::max(tile_size, canvas.width));
  const auto target_height = std::clamp(picture.height, tile_size, std::max(tile_size, canvas.height));
  const double scale_height = ratio(target_height, picture.height), scale_width = ratio(target_width, picture.width);
  if (scale_width < scale_height) return {scaled(picture.height, scale_width, target_height), target_width};
  return {target_height, scaled(picture.width, scale_height, target_width)};
}

std::int64_t aspect_ratio_id(ImageGrid grid, std::int64_t max_tiles) {
  const auto grids = supported_grids(max_tiles);
  const auto found = std::find(grids.begin(), grids.end(), grid);
  if (found == grids.end())
    throw std::invalid_argument(
        fmt::format("{}x{} tiles is not a grid of at most {}", grid.high, grid.wide, max_tiles));
  return found - grids.begin() + 1;
}

}  // namespace llama32med
