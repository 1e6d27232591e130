#include "models/mllama/view_plan.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace llama32med::mllama {
namespace {

using RowsByImages = std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::int64_t>>;

void add_rows(RowsByImages& groups, const Segment& segment, std::int64_t length) {
  auto& rows = groups[{segment.images.first, segment.images.count}];
  for (std::int64_t t = segment.begin; t < segment.end; ++t) rows.push_back(segment.row * length + t);
}

// The tokens of a row that are not in any segment, as segments that attend to `images`.
std::vector<Segment> blind_runs(const std::vector<Segment>& segments, std::int64_t row, const ImageRun& images,
                                std::int64_t length) {
  std::vector<char> covered(static_cast<std::size_t>(length), 0);
  for (const auto& segment : segments)
    if (segment.row == row)
      for (auto t = segment.begin; t < segment.end; ++t) covered[static_cast<std::size_t>(t)] = 1;
  std::vector<Segment> runs;
  for (std::int64_t t = 0; t < length; ++t)
    if (!covered[static_cast<std::size_t>(t)]) runs.push_back({row, t, t + 1, images});
  return runs;
}

void append(const RowsByImages& groups, std::vector<std::int64_t>& rows, std::vector<View>& views) {
  for (const auto& [images, members] : groups) {
    if (members.empty()) continue;
    views.push_back({static_cast<std::int64_t>(rows.size()),
                     static_cast<std::int64_t>(members.size()),
                     {images.first, images.second},
                     {}});
    rows.insert(rows.end(), members.begin(), members.end());
  }
}

// The keys (or values) of the real tiles in a run of images.
at::Tensor real_rows(const at::Tensor& memory, const std::vector<ImageKeys>& images, const ImageRun& run) {
  std::vector<at::Tensor> parts;
  for (auto i = run.first; i < run.first + run.count; ++i) {
    const auto& image = images.at(static_cast<std::size_t>(i));
    parts.push_back(memory.narrow(1, image.begin, image.real));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

at::Tensor all_rows(const at::Tensor& memory, const std::vector<ImageKeys>& images, const ImageRun& run) {
  const auto& first = images.at(static_cast<std::size_t>(run.first));
  const auto& last = images.at(static_cast<std::size_t>(run.first + run.count - 1));
  return memory.narrow(1, first.begin, last.begin + last.real + last.padded - first.begin);
}

at::Tensor log_copies_of(const std::vector<ImageKeys>& images, const ImageRun& run, const at::Device& device) {
  std::vector<at::Tensor> parts;
  const auto options = at::device(device).dtype(at::kDouble);
  for (auto i = run.first; i < run.first + run.count; ++i) {
    const auto& image = images.at(static_cast<std::size_t>(i));
    parts.push_back(at::full({image.real}, 0.0, options));
    if (image.padded > 0)
      parts.push_back(at::full({image.padded}, std::log(static_cast<double>(image.padded_copies)), options));
  }
  return at::cat(parts);
}

// True if all views have as many rows, and each sees one image of as many keys, one behind the other in memory.
bool are_alike(const ViewPlan& plan, const std::vector<ImageKeys>& images) {
  const auto key_of = [&](const View& view) { return images.at(static_cast<std::size_t>(view.images.first)); };
  const auto& first = plan.views.front();
  for (std::size_t i = 0; i < plan.views.size(); ++i) {
    const auto& view = plan.views[i];
    const auto key = key_of(view);
    if (view.count != first.count || view.images.count != 1 || key.real != key_of(first).real || key.padded != 0 ||
        key.begin != key_of(first).begin + static_cast<std::int64_t>(i) * key.real)
      return false;
  }
  return plan.leaks.empty();
}

// All views in one attention: q [V c, H, d] -> the same.
at::Tensor attend_alike(const ViewPlan& plan, const at::Tensor& q, const KeysValues& memory,
                        const std::vector<ImageKeys>& images) {
  const auto views = std::ssize(plan.views);
  const auto& first = images.at(static_cast<std::size_t>(plan.views.front().images.first));
  const auto by_view = [&](const at::Tensor& rows) {  // [Hkv, K, d] -> [V, Hkv, real, d]
    return rows.narrow(1, first.begin, views * first.real).unflatten(1, {views, first.real}).permute({1, 0, 2, 3});
  };
  const auto queries = q.unflatten(0, {views, -1}).transpose(1, 2);  // [V, H, c, d]
  return attend_all(queries, by_view(memory.keys), by_view(memory.values)).transpose(1, 2).flatten(0, 1);
}

// [count, H, d] <-> [1, H, count, d]
at::Tensor as_heads(const at::Tensor& rows) { return rows.transpose(0, 1).unsqueeze(0); }
at::Tensor as_rows(const at::Tensor& heads) { return heads.squeeze(0).transpose(0, 1); }

}  // namespace

std::vector<Segment> segments_of(const TextBatch& text) {
  if (text.seen) return *text.seen;
  std::vector<Segment> segments;
  const ImageSpan* before = nullptr;  // previous span in the same row
  for (const auto& span : text.spans) {
    if (before && before->row != span.row) before = nullptr;
    ImageRun images{span.image, 1};
    if (before) {
      auto& last = segments.back();
      last.end = span.begin;
      if (before->begin + before->count == span.begin) images = {last.images.first, last.images.count + 1};  // adjacent
    }
    segments.push_back({span.row, span.begin, text.lengths[static_cast<std::size_t>(span.row)], images});
    before = &span;
  }
  for (auto& segment : segments) segment.begin = std::max<std::int64_t>(segment.begin, 0);
  std::erase_if(segments, [](const Segment& segment) { return segment.begin >= segment.end; });  // in the cache
  return segments;
}

bool ViewPlan::keeps_order(std::int64_t tokens) const {
  return std::ssize(order) == tokens && std::ranges::is_sorted(order);
}

ViewPlan make_view_plan(const TextBatch& text, std::int64_t length, Semantics semantics) {
  const auto segments = segments_of(text);
  RowsByImages seeing, leaking;
  for (const auto& segment : segments) add_rows(seeing, segment, length);
  if (semantics == Semantics::kHf)
    for (std::size_t row = 0; row < text.row_images.size(); ++row)
      if (text.row_images[row].count > 0)
        for (const auto& run : blind_runs(segments, static_cast<std::int64_t>(row), text.row_images[row], length))
          add_rows(leaking, run, length);

  ViewPlan plan;
  append(seeing, plan.order, plan.views);
  plan.seeing = std::ssize(plan.order);
  append(leaking, plan.order, plan.leaks);
  return plan;
}

void count_copies(ViewPlan& plan, const std::vector<ImageKeys>& images, std::int64_t head_dim,
                  const at::TensorOptions& target) {
  for (auto& leak : plan.leaks)
    leak.copies = key_multiplicity(log_copies_of(images, leak.images, target.device()), head_dim,
                                   c10::typeMetaToScalarType(target.dtype()));
}

at::Tensor attend_views(const ViewPlan& plan, const at::Tensor& q, const KeysValues& memory,
                        const std::vector<ImageKeys>& images) {
  if (!q.is_cpu() && plan.views.size() > 1 && are_alike(plan, images)) return attend_alike(plan, q, memory, images);
  std::vector<at::Tensor> blocks;
  for (const auto& view : plan.views) {
    const auto keys = real_rows(memory.keys, images, view.images).unsqueeze(0);
    const auto values = real_rows(memory.values, images, view.images).unsqueeze(0);
    blocks.push_back(as_rows(attend_all(as_heads(q.narrow(0, view.begin, view.count)), keys, values)));
  }
  for (const auto& leak : plan.leaks) {
    const auto keys = all_rows(memory.keys, images, leak.images).unsqueeze(0);
    const auto values = all_rows(memory.values, images, leak.images).unsqueeze(0);
    const auto queries = as_heads(q.narrow(0, leak.begin, leak.count));
    blocks.push_back(as_rows(attend_multiple(queries, keys, values, leak.copies)));
  }
  return blocks.size() == 1 ? blocks.front() : at::cat(blocks);
}

}  // namespace llama32med::mllama
