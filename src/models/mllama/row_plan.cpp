#include "models/mllama/row_plan.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "llama32med/nn/index_tensor.h"

namespace llama32med::mllama {
namespace {

void add_tile(RowLayout& layout, const VisionConfig& c, const Row& first) {
  for (std::int64_t i = 0; i < c.rows_per_tile(); ++i) {
    layout.rows.push_back(first);
    layout.rows.back().source += i;
  }
}

RowLayout deduplicated_layout(const VisionConfig& c, std::int64_t real_tiles, Semantics semantics) {
  const auto patch_rows = c.rows_per_tile(), padded = c.max_num_tiles - real_tiles;
  const auto fill = static_cast<double>(c.fill_rows()), copies = static_cast<double>(padded);
  RowLayout layout;
  layout.slots = real_tiles + (padded > 0 ? 1 : 0);
  layout.real_rows = real_tiles * patch_rows;
  layout.kept_slots = semantics == Semantics::kHf ? layout.slots : real_tiles;
  layout.padded_copies = layout.kept_slots > real_tiles ? padded : 0;
  const auto zero_row = layout.slots * patch_rows;

  for (std::int64_t tile = 0; tile < real_tiles; ++tile) add_tile(layout, c, {tile * patch_rows, tile});
  for (std::int64_t tile = 0; tile < real_tiles && fill > 0; ++tile)
    layout.rows.push_back({zero_row, tile, fill, true});
  layout.last_rows = layout.real_rows;
  if (padded <= 0) return layout;
  add_tile(layout, c, {real_tiles * patch_rows, real_tiles, copies, true});
  if (layout.kept_slots > real_tiles) layout.last_rows = std::ssize(layout.rows);
  if (fill > 0) layout.rows.push_back({zero_row, real_tiles, fill * copies, true});
  return layout;
}

RowLayout dense_layout(const VisionConfig& c, std::int64_t real_tiles) {
  RowLayout layout;
  layout.tower = Tower::kDense;
  layout.slots = layout.kept_slots = c.max_num_tiles;
  layout.padded_copies = real_tiles < c.max_num_tiles ? 1 : 0;
  const auto zero_row = layout.slots * c.rows_per_tile();
  for (std::int64_t tile = 0; tile < c.max_num_tiles; ++tile) {
    add_tile(layout, c, {tile * c.rows_per_tile(), tile, 1, tile >= real_tiles});
    layout.rows.insert(layout.rows.end(), static_cast<std::size_t>(c.fill_rows()), {zero_row, tile, 1, true});
  }
  layout.real_rows = layout.last_rows = std::ssize(layout.rows);
  return layout;
}

// log m for each row; undefined if every row represents only itself.
at::Tensor log_copies_of(const RowLayout& layout, const at::Device& device) {
  const auto& rows = layout.rows;
  if (std::ranges::all_of(rows, [](const Row& row) { return row.copies == 1; })) return {};
  std::vector<double> logs;
  std::ranges::transform(rows, std::back_inserter(logs), [](const Row& row) { return std::log(row.copies); });
  return at::tensor(at::ArrayRef<double>(logs), at::kDouble).to(device);
}

at::Tensor mask_of(const RowLayout& layout, const at::Device& device) {
  std::vector<double> padding;
  for (const auto& row : layout.rows) padding.push_back(row.is_padding ? 1 : 0);
  const auto is_padding = at::tensor(at::ArrayRef<double>(padding), at::kDouble).to(device, at::kBool);
  const auto zeros = at::zeros({is_padding.size(0), is_padding.size(0)}, at::device(device).dtype(at::kFloat));
  return at::where(is_padding.unsqueeze(0).logical_and(is_padding.unsqueeze(1)),
                   -std::numeric_limits<double>::infinity(), zeros);
}

}  // namespace

RowLayout row_layout(const VisionConfig& config, std::int64_t real_tiles, Tower tower, Semantics semantics) {
  return tower == Tower::kDense ? dense_layout(config, real_tiles) : deduplicated_layout(config, real_tiles, semantics);
}

RowPlan make_row_plan(const RowLayout& layout, std::int64_t rows_per_tile, const at::Device& device) {
  std::vector<std::int64_t> source, slot, kept;
  for (const auto& row : layout.rows) {
    if (row.source < layout.kept_slots * rows_per_tile) kept.push_back(std::ssize(source));
    source.push_back(row.source);
    slot.push_back(row.slot);
  }
  RowPlan plan{static_cast<const RowCounts&>(layout), {}, {}, {}, {}, {}, {}, {}};
  plan.source = index_tensor(source, device);
  plan.slot = index_tensor(slot, device);
  plan.kept_rows = index_tensor(kept, device);
  if (layout.tower == Tower::kDense)
    plan.mask = mask_of(layout, device);
  else
    plan.log_copies = log_copies_of(layout, device);
  return plan;
}

at::Tensor attend(const RowPlan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const auto queries = q.size(2);
  if (plan.mask.defined()) return attend_biased(q, k, v, plan.mask.narrow(0, 0, queries));
  const auto real = std::min(plan.real_rows, queries);  // the last layer may need only the real rows
  const auto real_q = q.narrow(2, 0, real);
  const auto seen = plan.copies.defined() ? attend_multiple(real_q, k, v, plan.copies) : attend_all(real_q, k, v);
  if (queries == real) return seen;
  const auto padding = attend_all(q.narrow(2, real, queries - real), k.narrow(2, 0, real), v.narrow(2, 0, real));
  return at::cat({seen, padding}, 2);
}

}  // namespace llama32med::mllama
