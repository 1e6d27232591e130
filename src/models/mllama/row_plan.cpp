#include "models/mllama/row_plan.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "llama32med/nn/attention.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med::mllama {
namespace {

struct Row {
  std::int64_t source, slot;
  double copies;
};

void add_tile(std::vector<Row>& rows, std::int64_t slot, std::int64_t patch_rows, double copies) {
  for (std::int64_t i = 0; i < patch_rows; ++i) rows.push_back({slot * patch_rows + i, slot, copies});
}

void set_rows(RowPlan& plan, const std::vector<Row>& rows, const at::Device& device) {
  std::vector<std::int64_t> source, slot;
  for (const auto& row : rows) {
    source.push_back(row.source);
    slot.push_back(row.slot);
  }
  plan.source = index_tensor(source, device);
  plan.slot = index_tensor(slot, device);
}

}  // namespace

RowPlan deduplicated_plan(const VisionConfig& c, std::int64_t real_tiles, PaddedTiles padded_tiles,
                          const at::Device& device) {
  const auto patch_rows = c.rows_per_tile(), fill = c.fill_rows(), padded = c.max_tiles - real_tiles;
  RowPlan plan;
  plan.slots = real_tiles + (padded > 0 ? 1 : 0);
  plan.real_rows = real_tiles * patch_rows;
  plan.kept_slots = padded_tiles == PaddedTiles::kKeep ? plan.slots : real_tiles;
  plan.padded_copies = plan.kept_slots > real_tiles ? padded : 0;
  const auto zero_row = plan.slots * patch_rows;

  std::vector<Row> rows;
  for (std::int64_t tile = 0; tile < real_tiles; ++tile) add_tile(rows, tile, patch_rows, 1);
  if (fill > 0)
    for (std::int64_t tile = 0; tile < real_tiles; ++tile) rows.push_back({zero_row, tile, static_cast<double>(fill)});
  if (padded > 0) add_tile(rows, real_tiles, patch_rows, static_cast<double>(padded));
  if (padded > 0 && fill > 0) rows.push_back({zero_row, real_tiles, static_cast<double>(fill * padded)});
  set_rows(plan, rows, device);

  std::vector<std::int64_t> kept;
  std::vector<double> log_copies;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].source < plan.kept_slots * patch_rows) kept.push_back(static_cast<std::int64_t>(i));
    log_copies.push_back(std::log(rows[i].copies));
  }
  plan.kept_rows = index_tensor(kept, device);
  plan.last_rows = kept.back() + 1;
  if (std::any_of(log_copies.begin(), log_copies.end(), [](double x) { return x != 0; }))
    plan.log_copies = at::tensor(at::ArrayRef<double>(log_copies), at::kDouble).to(device);
  return plan;
}

RowPlan dense_plan(const VisionConfig& c, std::int64_t real_tiles, const at::Device& device) {
  const auto patch_rows = c.rows_per_tile(), fill = c.fill_rows();
  RowPlan plan;
  plan.slots = plan.kept_slots = c.max_tiles;
  plan.padded_copies = real_tiles < c.max_tiles ? 1 : 0;
  const auto zero_row = plan.slots * patch_rows;

  std::vector<Row> rows;
  std::vector<std::int64_t> kept;
  std::vector<double> padding;
  for (std::int64_t tile = 0; tile < c.max_tiles; ++tile) {
    for (std::int64_t i = 0; i < patch_rows; ++i) kept.push_back(static_cast<std::int64_t>(rows.size()) + i);
    add_tile(rows, tile, patch_rows, 1);
    padding.insert(padding.end(), static_cast<std::size_t>(patch_rows), tile < real_tiles ? 0 : 1);
    rows.insert(rows.end(), static_cast<std::size_t>(fill), {zero_row, tile, 1});
    padding.insert(padding.end(), static_cast<std::size_t>(fill), 1);
  }
  set_rows(plan, rows, device);
  plan.kept_rows = index_tensor(kept, device);
  plan.last_rows = static_cast<std::int64_t>(rows.size());
  const auto is_padding = at::tensor(at::ArrayRef<double>(padding), at::kDouble).to(device, at::kBool);
  const auto zeros = at::zeros({is_padding.size(0), is_padding.size(0)}, at::device(device).dtype(at::kFloat));
  plan.mask = at::where(is_padding.unsqueeze(0).logical_and(is_padding.unsqueeze(1)),
                        -std::numeric_limits<double>::infinity(), zeros);
  return plan;
}

at::Tensor attend(const RowPlan& plan, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const auto queries = q.size(2);
  if (plan.mask.defined()) return attend_biased(q, k, v, plan.mask.narrow(0, 0, queries));
  const auto real = std::min(plan.real_rows, queries);  // the last layer may ask for the real rows alone
  const auto real_q = q.narrow(2, 0, real);
  const auto seen =
      plan.log_copies.defined() ? attend_multiple(real_q, k, v, plan.log_copies) : attend_all(real_q, k, v);
  if (queries == real) return seen;
  const auto padding =
      attend_all(q.narrow(2, real, queries - real), k.narrow(2, 0, plan.real_rows), v.narrow(2, 0, plan.real_rows));
  return at::cat({seen, padding}, 2);
}

}  // namespace llama32med::mllama
