#include "llama32med/nn/kv_cache.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <utility>

#include "llama32med/nn/index_tensor.h"

namespace llama32med {
namespace {

constexpr std::int64_t kGrowth = 64;  // capacities are multiples of it, in tokens

std::int64_t rounded_up(std::int64_t tokens) { return (tokens + kGrowth - 1) / kGrowth * kGrowth; }

// A buffer with room for `needed` tokens and the content of `old`. The tail is zero: masked keys must not be NaN.
at::Tensor with_room(const at::Tensor& old, std::int64_t needed, const at::Tensor& like) {
  if (old.defined() && old.size(2) >= needed) return old;
  auto sizes = like.sizes().vec();
  sizes[2] = rounded_up(needed);
  auto grown = at::empty(sizes, like.options()).zero_();
  if (old.defined()) grown.narrow(2, 0, old.size(2)).copy_(old);
  return grown;
}

void append(at::Tensor& buffer, const at::Tensor& fresh, const std::vector<std::int64_t>& lengths) {
  const bool even = std::adjacent_find(lengths.begin(), lengths.end(), std::not_equal_to<>()) == lengths.end();
  if (even) {
    buffer.narrow(2, lengths.empty() ? 0 : lengths.front(), fresh.size(2)).copy_(fresh);
    return;
  }
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const auto b = static_cast<std::int64_t>(row);
    buffer.select(0, b).narrow(1, lengths[row], fresh.size(2)).copy_(fresh.select(0, b));
  }
}

}  // namespace

std::int64_t KvCache::longest() const {
  return lengths_.empty() ? 0 : *std::max_element(lengths_.begin(), lengths_.end());
}

std::int64_t KvCache::capacity(std::int64_t more) const { return rounded_up(std::max(longest() + more, reserved_)); }

KeysValues& KvCache::room(std::int64_t layer, const at::Tensor& fresh) {
  auto& held = layers_.at(static_cast<std::size_t>(layer));
  const auto needed = capacity(fresh.size(2));
  held.keys = with_room(held.keys, needed, fresh);
  held.values = with_room(held.values, needed, fresh);
  return held;
}

KeysValues KvCache::extend(std::int64_t layer, const KeysValues& fresh) {
  auto& held = room(layer, fresh.keys);
  const auto end = longest() + fresh.keys.size(2);
  append(held.keys, fresh.keys, lengths_);
  append(held.values, fresh.values, lengths_);
  return {held.keys.narrow(2, 0, end), held.values.narrow(2, 0, end)};
}

void KvCache::advance(const std::vector<std::int64_t>& counts) {
  if (lengths_.empty()) lengths_.assign(counts.size(), 0);
  for (std::size_t row = 0; row < counts.size(); ++row) lengths_[row] += counts[row];
}

void KvCache::add_rows(KvCache other) {
  if (empty()) {
    *this = std::move(other);
    return;
  }
  const auto needed = std::max(longest(), other.longest());
  const auto join = [&](at::Tensor& ours, const at::Tensor& theirs) {
    const auto a = with_room(ours, needed, ours), b = with_room(theirs, needed, theirs);
    ours = at::cat({a.narrow(2, 0, needed), b.narrow(2, 0, needed)});
  };
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    join(layers_[i].keys, other.layers_[i].keys);
    join(layers_[i].values, other.layers_[i].values);
  }
  lengths_.insert(lengths_.end(), other.lengths_.begin(), other.lengths_.end());
}

void KvCache::repeat_rows(const std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> lengths;
  for (std::size_t row = 0; row < counts.size(); ++row)
    lengths.insert(lengths.end(), static_cast<std::size_t>(counts[row]), lengths_.at(row));
  const auto repeated = [&](const at::Tensor& held) {
    std::vector<at::Tensor> parts;
    for (std::size_t row = 0; row < counts.size(); ++row)
      parts.push_back(held.narrow(0, static_cast<std::int64_t>(row), 1).expand({counts[row], -1, -1, -1}));
    return at::cat(parts);
  };
  lengths_ = std::move(lengths);
  for (auto& [keys, values] : layers_) {
    if (!keys.defined()) continue;
    keys = repeated(keys);
    values = repeated(values);
  }
}

void KvCache::keep_rows(const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> lengths;
  for (const auto row : rows) lengths.push_back(lengths_.at(static_cast<std::size_t>(row)));
  lengths_ = std::move(lengths);
  at::Tensor index;
  for (auto& held : layers_) {
    if (!held.keys.defined()) continue;
    if (!index.defined()) index = index_tensor(rows, held.keys.device());
    held.keys = held.keys.index_select(0, index);
    held.values = held.values.index_select(0, index);
  }
}

}  // namespace llama32med
