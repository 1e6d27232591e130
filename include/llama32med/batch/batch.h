// What a model is given: distinct images, rows of text, and who sees what.
//
// Letters: B rows, L tokens of the longest row, n real tiles of an image, S pixels a tile side.
//
// An ImageBatch holds each image once, and of each image only its real tiles. A row of a TextBatch points to its images
// by Segments: runs of tokens that see the same images. Tokens in no segment see none. There is no dense mask.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med {

struct ImageTiles {
  at::Tensor pixels;                 // [n, 3, S, S] fp32, normalized
  std::int64_t aspect_ratio_id = 0;  // 1 .. 8; 0: an absent image, n = 1 (only the hf semantics computes those)
};
using ImageBatch = std::vector<ImageTiles>;

struct ImageRun {  // images first .. first + count - 1
  std::int64_t first = 0, count = 0;
  bool operator==(const ImageRun&) const = default;
};

struct Segment {  // tokens begin .. end - 1 of a row
  std::int64_t row = 0, begin = 0, end = 0;
  ImageRun images;
  bool operator==(const Segment&) const = default;
};

struct TextBatch {
  at::Tensor ids;                     // [B, L] int64, padded on the right
  std::vector<std::int64_t> lengths;  // [B] tokens without padding
  std::vector<Segment> segments;
  std::vector<ImageRun> row_images;  // [B] all images of a row, absent ones included; read by the hf semantics alone
};

// The segments of one row by its image tokens (the rule of Llama 3.2 Vision): a token sees the last image before it and
// the images that stand directly before that one; an image token sees its own image. The i-th image token shows image
// `first_image` + i.
std::vector<Segment> segments_of_row(const std::vector<std::int64_t>& ids, std::int64_t image_token, std::int64_t row,
                                     std::int64_t first_image);

}  // namespace llama32med
