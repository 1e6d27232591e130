#include "llama32med/image/geometry.h"

#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>

namespace llama32med {

std::ostream& operator<<(std::ostream& out, ImageSize size) { return out << size.height << "x" << size.width; }
std::ostream& operator<<(std::ostream& out, ImageGrid grid) { return out << grid.high << "x" << grid.wide; }

namespace {

struct Vector {
  ImageSize picture, canvas, fitted;
  std::int64_t id;
};

// Heights and widths with the released settings: tiles of 560, at most 4.
const Vector kVectors[] = {
    {{560, 560}, {560, 560}, {560, 560}, 1},       {{224, 224}, {560, 560}, {560, 560}, 1},
    {{512, 512}, {560, 560}, {560, 560}, 1},       {{390, 560}, {560, 560}, {390, 560}, 1},
    {{442, 657}, {560, 1120}, {442, 657}, 2},      {{480, 640}, {560, 1120}, {480, 640}, 2},
    {{100, 1000}, {560, 1120}, {100, 1000}, 2},    {{300, 2400}, {560, 2240}, {280, 2240}, 4},
    {{1, 5000}, {560, 2240}, {1, 2240}, 4},        {{561, 560}, {1120, 560}, {561, 560}, 5},
    {{1000, 100}, {1120, 560}, {1000, 100}, 5},    {{571, 600}, {1120, 1120}, {571, 600}, 6},
    {{600, 800}, {1120, 1120}, {600, 800}, 6},     {{768, 1024}, {1120, 1120}, {768, 1024}, 6},
    {{1024, 1024}, {1120, 1120}, {1024, 1024}, 6}, {{2000, 3000}, {1120, 1120}, {746, 1120}, 6},
    {{3000, 2000}, {1120, 1120}, {1120, 746}, 6},  {{1, 1}, {560, 560}, {560, 560}, 1},
};

TEST(Geometry, ReleasedVectors) {
  for (const Vector& vector : kVectors) {
    const ImageGrid grid = choose_grid(vector.picture, 560, 4);
    const ImageSize canvas{grid.high * 560, grid.wide * 560};
    EXPECT_EQ(canvas, vector.canvas) << vector.picture;
    EXPECT_EQ(fit_to_canvas(vector.picture, canvas, 560), vector.fitted) << vector.picture;
    EXPECT_EQ(aspect_ratio_id(grid, 4), vector.id) << vector.picture;
  }
}

TEST(Geometry, GridsInOrder) {
  const std::vector<ImageGrid> four = {{1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 1}, {2, 2}, {3, 1}, {4, 1}};
  EXPECT_EQ(supported_grids(4), four);
  const std::vector<ImageGrid> two = {{1, 1}, {1, 2}, {2, 1}};
  EXPECT_EQ(supported_grids(2), two);
  EXPECT_EQ(supported_grids(1).size(), 1U);
  EXPECT_EQ(aspect_ratio_id({3, 1}, 3), 5);
}

// The image always fits into its canvas, keeps its aspect ratio to a pixel, and no other grid is better.
TEST(Geometry, HoldsForEverySmallSize) {
  for (const std::int64_t max_tiles : {1, 2, 3, 4, 6})
    for (std::int64_t height = 1; height <= 90; ++height)
      for (std::int64_t width = 1; width <= 90; ++width) {
        constexpr std::int64_t kTile = 14;
        const ImageGrid grid = choose_grid({height, width}, kTile, max_tiles);
        const ImageSize canvas{grid.high * kTile, grid.wide * kTile};
        const ImageSize fitted = fit_to_canvas({height, width}, canvas, kTile);
        ASSERT_LE(fitted.height, canvas.height);
        ASSERT_LE(fitted.width, canvas.width);
        ASSERT_GE(std::min(fitted.height, fitted.width), 1);
        const bool fits = height <= canvas.height && width <= canvas.width;
        bool any_fits = false;
        for (const ImageGrid& other : supported_grids(max_tiles)) {
          const bool other_fits = height <= other.high * kTile && width <= other.wide * kTile;
          any_fits |= other_fits;
        }
        ASSERT_EQ(fits, any_fits) << height << "x" << width;  // never shrunk if it fits into a canvas
        const bool keeps_size = fits && std::max(height, width) >= kTile;
        ASSERT_TRUE(!keeps_size || fitted == (ImageSize{height, width})) << height << "x" << width;
      }
}

TEST(Geometry, RejectsSizesBelowOne) {
  EXPECT_THROW(choose_grid({0, 5}, 56, 4), std::invalid_argument);
  EXPECT_THROW(choose_grid({5, 5}, 56, 0), std::invalid_argument);
  EXPECT_THROW(fit_to_canvas({5, -1}, {56, 56}, 56), std::invalid_argument);
  EXPECT_THROW(aspect_ratio_id({2, 3}, 4), std::invalid_argument);
}

}  // namespace
}  // namespace llama32med
