// What a model is given: distinct images, rows of text, and where the images stand in them.
//
// Letters: B rows, L tokens of the longest row.
//
// An ImageBatch holds each image once. A row of a TextBatch points to its images by ImageSpans: tokens that show an
// image. What follows from them (who sees which image, positions, masks) is the model's business and computed inside of
// it, so that no mask or position travels and none can be stale.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "llama32med/image/image_processor.h"

namespace llama32med {

struct ImageInput {
  at::Tensor pixels;  // [.., 3, height, width] fp32, normalized; mllama [real tiles, 3, S, S]
  // mllama's: 1 .. 8; 0: an absent image of one tile (only the hf semantics computes it)
  std::int64_t aspect_ratio_id = 0;
  ImageExtent extent = {};
};
using ImageBatch = std::vector<ImageInput>;

struct ImageRun {  // images first .. first + count - 1
  std::int64_t first = 0, count = 0;
  bool operator==(const ImageRun&) const = default;
};

// Tokens begin .. begin + count - 1 of a row show one image. Places are counted from the batch's first token; a
// negative one was read before, into the cache.
struct ImageSpan {
  std::int64_t row = 0, begin = 0, count = 1, image = 0;
  bool operator==(const ImageSpan&) const = default;
};

struct Segment {  // tokens begin .. end - 1 of a row see `images`
  std::int64_t row = 0, begin = 0, end = 0;
  ImageRun images;
  bool operator==(const Segment&) const = default;
};

struct TextBatch {
  at::Tensor ids;                     // [B, L] int64, padded on the right
  std::vector<std::int64_t> lengths;  // [B] tokens without padding
  std::vector<ImageSpan> spans;       // row by row, from left to right
  // [B] all images of a row, absent ones included; read by mllama's hf semantics alone
  std::vector<ImageRun> row_images;
  // Who sees which images, where another implementation's mask says so (hf_inputs.h); else the model's own rule holds.
  std::optional<std::vector<Segment>> seen = {};
};

// The spans of one row by its image tokens: the i-th run of image_tokens[i] of them shows image `images.first` + i. A
// row may show fewer images than it has (it was cut). Throws Error{kData} where the image tokens are not as many as
// whole images occupy, or do not stand together.
std::vector<ImageSpan> image_spans(const std::vector<std::int64_t>& ids, std::int64_t image_token, std::int64_t row,
                                   const ImageRun& images, std::span<const std::int64_t> image_tokens);

}  // namespace llama32med
