// Which rows the vision tower computes for images with n of T real tiles, and which rows attend to which.
//
// Letters: P patch rows per tile (class token and patches), f fill rows per tile (zero rows up to a multiple of 8),
// t tile slots computed, R rows computed.
//
// The model's mask (reference code, encoder_utils) only prevents padding from attending to padding, where padding is
// every row of a padded tile and every fill row. Hence real rows attend to all rows, and padding rows to the real rows.
//
// Deduplicated: padded tiles start as equal rows, attend to the same real rows and therefore stay equal through all
// layers; so do the fill rows of a tile. One row represents m copies, and its key counts m times (score bias log m):
//   rows      real tiles   one fill row per real tile   one padded tile   its fill row
//   count     n P          n                            P                 1               (the last two only if n < T)
//   copies    1            f                            T - n             f (T - n)
// This is exact if the padded slots of the tile tables are equal; in released checkpoints they are all zero.
//
// Dense: all T (P + f) rows under the mask. The reference and the fallback.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/nn/attention.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

struct Row {
  std::int64_t source = 0;  // row of the tiles [t P] that it starts from; t P: a zero row
  std::int64_t slot = 0;    // its tile slot
  double copies = 1;        // number of rows that it represents
  bool is_padding = false;
};

struct RowCounts {
  Tower tower = Tower::kDeduplicated;
  std::int64_t slots = 0;          // t: tile slots computed, real tiles first
  std::int64_t real_rows = 0;      // number of leading rows that attend to all rows; dense: all rows, under the mask
  std::int64_t kept_slots = 0;     // number of leading slots whose features are returned
  std::int64_t last_rows = 0;      // number of leading rows that the last layer must compute
  std::int64_t padded_copies = 0;  // number of tiles that a kept padded slot represents
};

struct RowLayout : RowCounts {  // without tensors: RowPlan is made from it, and costs are computed from it
  std::vector<Row> rows;        // [R]
};

// With meta semantics, padded tiles are not in the result; the layers compute them either way.
RowLayout row_layout(const VisionConfig& config, std::int64_t real_tiles, Tower tower, Semantics semantics);

struct RowPlan : RowCounts {
  at::Tensor source, slot;  // [R] int64: Row::source and Row::slot
  at::Tensor log_copies;    // [R] fp64; undefined if dense or all zero
  KeyMultiplicity copies;   // the same, prepared for the layers by the tower
  at::Tensor mask;          // [R, R] fp32, or the model's dtype: 0 or -inf; undefined if deduplicated
  at::Tensor kept_rows;     // [kept_slots P] int64: indices of the rows that are returned
  at::Tensor zero_row;      // [1, 1, D] in the model's dtype, set by the tower
};

RowPlan make_row_plan(const RowLayout& layout, std::int64_t rows_per_tile, const at::Device& device);

// q: [N, H, Q, d], the first Q rows; k and v: [N, H, R, d], all rows. Returns [N, H, Q, d].
at::Tensor attend(const RowPlan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace llama32med::mllama
