// Which rows the vision tower computes for images with n of T real tiles, and who sees whom.
//
// Letters: P patch rows a tile (class and patches), f fill rows a tile (zero rows to a multiple of 8), t tile slots
// computed, R rows computed.
//
// The model's mask (reference code, encoder_utils) forbids only padding -> padding, where padding is every row of a
// padded tile and every fill row. Hence real rows see all rows, padding rows see the real rows.
//
// Deduplicated: padded tiles enter as equal rows, see the same real rows and so stay equal through all layers; so do
// fill rows within a tile. One representative stands for m copies, and its key counts m times (a score bias of log m):
//   rows      real tiles   a fill row a real tile   one padded tile   its fill row
//   count     n P          n                        P                 1               (the last two only if n < T)
//   copies    1            f                        T - n             f (T - n)
// Exact while the padded slots of the tile tables are equal, as they are (zero) in released checkpoints.
//
// Dense: all T (P + f) rows under the mask. The reference, and the fall-back.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "llama32med/models/backbone.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {

struct Row {
  std::int64_t source = 0;  // row of the tiles [t P] it starts from; t P: a zero row
  std::int64_t slot = 0;    // its tile slot
  double copies = 1;        // rows it stands for
  bool is_padding = false;
};

struct RowCounts {
  Tower tower = Tower::kDeduplicated;
  std::int64_t slots = 0;       // t: tile slots that carry pixels or tables, real ones first
  std::int64_t real_rows = 0;   // the first rows, which see all; dense: all, as the mask only hides what was computed
  std::int64_t kept_slots = 0;  // slots whose features are the result
  std::int64_t last_rows = 0;   // how many rows, from the first, the last layer must give
  std::int64_t padded_copies = 0;  // tiles a kept padded slot stands for
};

struct RowLayout : RowCounts {  // plain numbers: what the plan below is made from, and what a pass costs
  std::vector<Row> rows;        // [R]
};

// Under meta padded tiles are dropped from the result; the layers need them either way.
RowLayout row_layout(const VisionConfig& config, std::int64_t real_tiles, Tower tower, Semantics semantics);

struct RowPlan : RowCounts {
  at::Tensor source, slot;  // [R] int64: those of the rows
  at::Tensor log_copies;    // [R] fp64, deduplicated and not all zero, else undefined
  at::Tensor mask;          // [R, R] fp32, dense: 0 or -inf, else undefined
  at::Tensor kept_rows;     // [kept_slots P] int64: where the rows of the result are
};

RowPlan make_row_plan(const RowLayout& layout, std::int64_t rows_per_tile, const at::Device& device);

// q [N, H, Q, d] of the first Q rows, k and v [N, H, R, d] of all rows -> [N, H, Q, d]
at::Tensor attend(const RowPlan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace llama32med::mllama
