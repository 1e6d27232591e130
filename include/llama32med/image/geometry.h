// Which grid of tiles a picture goes to, and how large it lies there (Mllama's image processor, integer geometry only).
//
// A canvas is `high` x `wide` tiles of S x S pixels, at most `max_tiles` of them. With s = min(canvas_h / h, canvas_w /
// w), the canvas with the smallest s >= 1 is taken, else the one with the largest s; among equal s the smallest area,
// then the first. The picture is then scaled into the canvas with its shape kept, up until its limiting side is S and
// never beyond that; a picture between S and the canvas keeps its size. All in double precision, as transformers does.
// Aspect-ratio ids number the arrangements from 1; 0 is kept for "no image".
//
// Every function throws std::invalid_argument for sizes below 1: a caller's bug, files are checked when decoded.
#pragma once
#include <cstdint>
#include <vector>

#include "llama32med/image/image_processor.h"

namespace llama32med {

// Every grid of at most max_tiles tiles; for 4: 1x1 1x2 1x3 1x4 2x1 2x2 3x1 4x1 (high x wide).
std::vector<ImageGrid> supported_grids(std::int64_t max_tiles);

ImageGrid choose_grid(ImageSize picture, std::int64_t tile_size, std::int64_t max_tiles);

// The size of the picture on its canvas; both sides at least 1 and at most the canvas.
ImageSize fit_to_canvas(ImageSize picture, ImageSize canvas, std::int64_t tile_size);

// 1 .. supported_grids(max_tiles).size(). Throws std::invalid_argument for a grid that is not supported.
std::int64_t aspect_ratio_id(ImageGrid grid, std::int64_t max_tiles);

}  // namespace llama32med
