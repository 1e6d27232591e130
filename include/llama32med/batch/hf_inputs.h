// Converts a batch in the layout of Hugging Face's MllamaProcessor to ours: dense slots become distinct real tiles, the
// dense cross-attention mask becomes segments (TextBatch::seen). Used to compare results with other code
// (`llama32med trace`, parity tests).
//
// Letters: B rows, L tokens, M image slots per row, T tile slots per image, S side of a tile in pixels.
//
// Throws an Error{kData} that names the tensor and the position for wrong shapes, padding that is not on the right, ids
// outside the tables, and cross-attention masks in which a token attends to images that are not consecutive.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "llama32med/batch/batch.h"

namespace llama32med {

struct HfInputs {                   // absent tensors are undefined
  at::Tensor input_ids;             // [B, L] int64
  at::Tensor attention_mask;        // [B, L] ones, then zeros
  at::Tensor pixel_values;          // [B, M, T, 3, S, S] fp32
  at::Tensor aspect_ratio_ids;      // [B, M]; 0: no image
  at::Tensor aspect_ratio_mask;     // [B, M, T] 1 for real tiles
  at::Tensor cross_attention_mask;  // [B, L, M, T]; absent: derived from the image tokens
};

enum class AbsentImages {
  kDrop,  // slots without an image are left out (meta)
  kKeep   // they become images of one black tile, which rows without images attend to (hf)
};

struct HfBatch {
  ImageBatch images;
  std::vector<std::int64_t> slots;  // slot of each image: b M + m
  TextBatch text;
};

HfBatch batch_from_hf(const HfInputs& inputs, std::int64_t image_token, AbsentImages absent_images);

}  // namespace llama32med
