// Which tokens attend to which images, arranged for the cross-attention layers: rows that attend to the same images are
// gathered into one block of queries.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/nn/attention.h"
#include "llama32med/nn/kv_cache.h"

namespace llama32med::mllama {

// Layout of an ImageMemory. Its tensors are the keys of each cross-attention layer [Hkv, K, d], then the values of
// each layer. K: rows of all images.
struct ImageKeys {  // the rows of one image in K
  std::int64_t begin = 0, real = 0, padded = 0;
  std::int64_t padded_copies = 0;
};
struct CrossLayout final : ImageLayout {
  std::vector<ImageKeys> images;
};

// Which tokens attend to which images. A token attends to the last image before it and to any images directly before
// that one with no text in between; an image token attends to its own image; a token before the first image to none.
std::vector<Segment> segments_of(const TextBatch& text);

struct View {  // gathered rows begin .. begin + count - 1 attend to the keys of `images`
  std::int64_t begin = 0, count = 0;
  ImageRun images;
  KeyMultiplicity copies = {};  // leaking rows: the copies of each key
};

struct ViewPlan {
  std::vector<std::int64_t> order;  // [R] indices into the flattened [B L] tokens, view by view
  at::Tensor rows;                  // the same on the device; undefined if the tokens are in this order already
  std::int64_t seeing = 0;          // number of rows with an image; the rows after them leak (hf only)
  std::vector<View> views;          // rows with an image: attend to real tiles
  std::vector<View> leaks;          // leaking rows: attend to all slots, padded tiles weighted by their copies
  bool empty() const { return order.empty(); }
  bool keeps_order(std::int64_t tokens) const;  // order is 0 .. tokens - 1
};

// `length` is L, the padded length of the batch. Leaves `rows` undefined: the lists of a pass are uploaded together.
ViewPlan make_view_plan(const TextBatch& text, std::int64_t length, Semantics semantics);

// Sets View::copies of the leaking rows, once for all layers.
void count_copies(ViewPlan& plan, const std::vector<ImageKeys>& images, std::int64_t head_dim,
                  const at::TensorOptions& target);

// q: [R, H, d]; memory: one layer's keys and values [Hkv, K, d]. Returns [R, H, d].
at::Tensor attend_views(const ViewPlan& plan, const at::Tensor& q, const KeysValues& memory,
                        const std::vector<ImageKeys>& images);

}  // namespace llama32med::mllama
