// Keys and values of the self-attention layers for the tokens read so far, rows of different lengths side by side.
//
// Per layer a buffer [B, Hkv, capacity, d]; row b holds lengths()[b] tokens, what stands behind them is not read. One
// `extend` of all layers is one step: every layer appends, then `advance` moves the lengths.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med {

struct KeysValues {
  at::Tensor keys, values;  // [B, Hkv, L, d]
};

class KvCache {
 public:
  KvCache() = default;
  explicit KvCache(std::int64_t layers) : layers_(static_cast<std::size_t>(layers)) {}

  bool empty() const { return lengths_.empty(); }
  const std::vector<std::int64_t>& lengths() const { return lengths_; }  // tokens per row
  std::int64_t longest() const;

  // Writes `fresh` [B, Hkv, n, d] behind each row of `layer`; returns all keys and values up to the longest row
  // [B, Hkv, longest + n, d]. The first call fixes B.
  KeysValues extend(std::int64_t layer, const KeysValues& fresh);
  // After all layers took a step: row b has counts[b] more tokens.
  void advance(const std::vector<std::int64_t>& counts);
  // Puts the rows of another cache of the same model behind these.
  void add_rows(KvCache other);
  // Keeps only these rows, in this order; a row may be named more than once.
  void keep_rows(const std::vector<std::int64_t>& rows);

 private:
  std::vector<KeysValues> layers_;
  std::vector<std::int64_t> lengths_;
};

}  // namespace llama32med
