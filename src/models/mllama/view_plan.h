// Which token rows look at which images, laid out for one pass through the cross-attention layers: rows that see the
// same images stand together and form one query block.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/nn/kv_cache.h"

namespace llama32med::mllama {

// Layout of an ImageMemory, whose tensors are the keys of each cross-attention layer [Hkv, K, d], then the values.
// K: rows of all images.
struct ImageKeys {  // the rows of one image
  std::int64_t begin = 0, real = 0, padded = 0;
  std::int64_t padded_copies = 0;
};
struct CrossLayout final : ImageLayout {
  std::vector<ImageKeys> images;
};

// Which tokens attend to which images: a token attends to the last image before it and to the images directly adjacent
// before that one, an image token to its own image, a token before the first image to none.
std::vector<Segment> segments_of(const TextBatch& text);

struct View {  // gathered rows begin .. begin + count - 1 see the keys of `images`
  std::int64_t begin = 0, count = 0;
  ImageRun images;
};

struct ViewPlan {
  at::Tensor rows;          // [R] int64: indices into the flattened [B L] tokens, view by view
  std::int64_t seeing = 0;  // rows that see an image; those behind leak (hf only)
  std::vector<View> views;  // of seeing rows: real tiles
  std::vector<View> leaks;  // of leaking rows: all slots, padded tiles with their copies
  bool empty() const { return !rows.defined(); }
};

// `length` is L, the padded length of the batch.
ViewPlan make_view_plan(const TextBatch& text, std::int64_t length, Semantics semantics, const at::Device& device);

// q [R, H, d] and one layer's keys and values [Hkv, K, d] -> [R, H, d]
at::Tensor attend_views(const ViewPlan& plan, const at::Tensor& q, const KeysValues& memory,
                        const std::vector<ImageKeys>& images);

}  // namespace llama32med::mllama
