// A batch in the layout of Hugging Face's MllamaProcessor, turned into ours: dense slots become distinct real tiles,
// the dense cross-attention mask becomes segments (TextBatch::seen). For comparing numbers with other code (`llama32med
// trace`, parity tests).
//
// Letters: B rows, L tokens, M image slots of a row, T tile slots of an image, S pixels a tile side.
//
// Throws Error{kData} naming the tensor and the place for wrong shapes, padding that is not on the right, ids outside
// the tables, and cross-attention masks that no run of images explains.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "llama32med/batch/batch.h"

namespace llama32med {

struct HfInputs {                   // tensors that are absent are undefined
  at::Tensor input_ids;             // [B, L] int64
  at::Tensor attention_mask;        // [B, L] 1, then 0
  at::Tensor pixel_values;          // [B, M, T, 3, S, S] fp32
  at::Tensor aspect_ratio_ids;      // [B, M]; 0: no image
  at::Tensor aspect_ratio_mask;     // [B, M, T] 1 for real tiles
  at::Tensor cross_attention_mask;  // [B, L, M, T]; absent: derived from the image tokens
};

enum class AbsentImages {
  kDrop,  // slots without an image are nothing (meta)
  kKeep   // they are images of one black tile, which blind rows attend to (hf)
};

struct HfBatch {
  ImageBatch images;
  std::vector<std::int64_t> slots;  // of each image: b M + m
  TextBatch text;
};

HfBatch batch_from_hf(const HfInputs& inputs, std::int64_t image_token, AbsentImages absent_images);

}  // namespace llama32med
