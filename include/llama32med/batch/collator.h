// Samples -> batch: 8-bit pixels to normalized ones, rows of token ids to one padded batch.
#pragma once
#include "llama32med/batch/batch.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

// The pixels as they are, uint8 in the image's shape, in memory of their own.
at::Tensor bytes_tensor(const ProcessedImage& image);

// (byte * rescale_factor - mean) / std in fp32, in the image's shape.
ImageInput normalize(const ProcessedImage& image, const PixelScaling& scaling);

struct TextRow {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> labels;  // empty: none
  ImageRun images;                   // of the batch
};

struct TextTokens {  // of a model
  std::int64_t image = 0, pad = 0;
};

struct LabeledText {
  TextBatch text;
  at::Tensor labels;  // [B, L] int64, kNoLabel where padded; undefined where the rows have none
};

// Rows padded on the right, with the spans of their images. image_tokens: how many tokens each image of the batch
// occupies.
LabeledText collate_text(const std::vector<TextRow>& rows, const TextTokens& tokens,
                         std::span<const std::int64_t> image_tokens);

}  // namespace llama32med
