// Samples -> batch: 8-bit tiles to normalised pixels.
#pragma once
#include "llama32med/data/batch.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

// The tiles as they are, uint8 [n, 3, S, S], in memory of their own.
at::Tensor bytes_tensor(const TiledImage& image);

// (byte * rescale_factor - mean) / std in fp32: [n, 3, S, S].
ImageTiles normalise_tiles(const TiledImage& image, const TileSettings& settings);

}  // namespace llama32med
