// The grid of tiles for an image and its size on that grid (integer geometry of Mllama's image processor).
//
// A canvas is `high` x `wide` tiles of S x S pixels, at most `max_tiles` of them. With s = min(canvas_h / h, canvas_w /
// w), the canvas with the smallest s >= 1 is chosen, else the one with the largest s; ties go to the smallest area,
// then to the first. The image is then scaled into the canvas with its aspect ratio kept, enlarged at most until its
// limiting side is S; an image between S and the canvas keeps its size. All in double precision, as in transformers.
// Aspect-ratio ids number the grids from 1; 0 is reserved for "no image".
//
// All functions throw std::invalid_argument for sizes below 1: a caller's bug, since files are checked when decoded.
#pragma once
#include <cstdint>
#include <vector>

#include "llama32med/image/image_processor.h"

namespace llama32med {

// All grids of at most max_tiles tiles; for 4: 1x1 1x2 1x3 1x4 2x1 2x2 3x1 4x1 (high x wide).
std::vector<ImageGrid> supported_grids(std::int64_t max_tiles);

ImageGrid choose_grid(ImageSize picture, std::int64_t tile_size, std::int64_t max_tiles);

// The size of the image on its canvas; both sides are at least 1 and at most the canvas.
ImageSize fit_to_canvas(ImageSize picture, ImageSize canvas, std::int64_t tile_size);

// 1 .. supported_grids(max_tiles).size(). Throws std::invalid_argument for a grid that is not supported.
std::int64_t aspect_ratio_id(ImageGrid grid, std::int64_t max_tiles);

}  // namespace llama32med
