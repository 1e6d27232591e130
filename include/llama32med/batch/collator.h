// Makes batches from samples: images as model input, and rows of token ids padded to one batch.
#pragma once
#include "llama32med/batch/batch.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

// A copy of the pixels as they are: uint8, in the image's shape.
at::Tensor bytes_tensor(const ProcessedImage& image);

// The image with its 8-bit pixels, for a model that reads them normalized by `scaling`.
ImageInput image_input(const ProcessedImage& image, const PixelScaling& scaling);

struct TextRow {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> labels;  // empty: no labels
  ImageRun images;                   // indices into the images of the batch
};

struct TextTokens {  // the model's special token ids
  std::int64_t image = 0, pad = 0;
};

struct LabeledText {
  TextBatch text;
  at::Tensor labels;  // [B, L] int64, kNoLabel for padding; undefined if the rows have no labels
};

// Pads rows on the right and finds the spans of their images. image_tokens: number of tokens per image of the batch.
LabeledText collate_text(const std::vector<TextRow>& rows, const TextTokens& tokens,
                         std::span<const std::int64_t> image_tokens);

}  // namespace llama32med
