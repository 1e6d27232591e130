// Samples -> batch: 8-bit tiles to normalized pixels, rows of token ids to one padded batch.
#pragma once
#include "llama32med/batch/batch.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

// The tiles as they are, uint8 [n, 3, S, S], in memory of their own.
at::Tensor bytes_tensor(const TiledImage& image);

// (byte * rescale_factor - mean) / std in fp32: [n, 3, S, S].
ImageTiles normalize_tiles(const TiledImage& image, const TileSettings& settings);

struct TextRow {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> labels;  // empty: none
  ImageRun images;                   // one per image token
};

struct TextTokens {  // of a model
  std::int64_t image = 0, pad = 0;
};

struct LabeledText {
  TextBatch text;
  at::Tensor labels;  // [B, L] int64, kNoLabel where padded; undefined where the rows have none
};

// Rows padded on the right, with their segments.
LabeledText collate_text(const std::vector<TextRow>& rows, const TextTokens& tokens);

}  // namespace llama32med
