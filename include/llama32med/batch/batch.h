// The input of a model: distinct images, rows of text, and the positions of the images in the text.
//
// Letters: B rows, L tokens of the longest row.
//
// An ImageBatch holds each image once. The rows of a TextBatch refer to images by ImageSpans, the runs of tokens that
// represent an image. Attention masks and position ids follow from the spans and are computed inside the model, so they
// are not part of a batch and cannot contradict it.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "llama32med/image/image_processor.h"

namespace llama32med {

struct ImageInput {
  // [.., 3, height, width], with tiles [real tiles, 3, S, S]: uint8, which the model normalizes by `scaling` on its
  // device (pixels.h); or floating-point numbers that are normalized already.
  at::Tensor pixels;
  // 1 .. 8 for models that number their grids; 0: an absent image of one tile (hf semantics only)
  std::int64_t aspect_ratio_id = 0;
  ImageExtent extent = {};
  PixelScaling scaling = {};
};
using ImageBatch = std::vector<ImageInput>;

struct ImageRun {  // images first .. first + count - 1
  std::int64_t first = 0, count = 0;
  bool operator==(const ImageRun&) const = default;
};

// Tokens begin .. begin + count - 1 of a row represent one image. Indices are relative to the first token of the batch;
// tokens with negative indices are in the KV cache.
struct ImageSpan {
  std::int64_t row = 0, begin = 0, count = 1, image = 0;
  bool operator==(const ImageSpan&) const = default;
};

struct Segment {  // tokens begin .. end - 1 of a row attend to `images`
  std::int64_t row = 0, begin = 0, end = 0;
  ImageRun images;
  bool operator==(const Segment&) const = default;
};

struct TextBatch {
  at::Tensor ids;                     // [B, L] int64, padded on the right
  std::vector<std::int64_t> lengths;  // [B] number of tokens without padding
  std::vector<ImageSpan> spans;       // row by row, from left to right
  // [B] all images of a row, including absent ones; used by the hf semantics only
  std::vector<ImageRun> row_images;
  // Overrides the model's rule for which tokens attend to which images, with the mask of another implementation
  // (hf_inputs.h).
  std::optional<std::vector<Segment>> seen = {};
};

// Finds the spans of one row from its image tokens: image `images.first` + i must have
// image_tokens[images.first + i] consecutive image tokens, else throws Error{kData}. A truncated row may contain fewer
// images than `images`.
std::vector<ImageSpan> image_spans(const std::vector<std::int64_t>& ids, std::int64_t image_token, std::int64_t row,
                                   const ImageRun& images, std::span<const std::int64_t> image_tokens);

}  // namespace llama32med
