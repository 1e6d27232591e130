// Keys and values of the self-attention layers for the tokens processed so far, for rows of different lengths.
//
// One buffer [B, Hkv, capacity, d] per layer; row b holds lengths()[b] tokens, and what follows them is not read. A
// step is one `extend` per layer, which appends to it, followed by `advance`, which updates the lengths.
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

  // Appends `fresh` [B, Hkv, n, d] to each row of `layer`; returns all keys and values up to the longest row,
  // [B, Hkv, longest + n, d]. The first call fixes B.
  KeysValues extend(std::int64_t layer, const KeysValues& fresh);
  // The buffers of `layer` with room for n more tokens per row than the longest has, for whoever writes `fresh` itself.
  KeysValues& room(std::int64_t layer, const at::Tensor& fresh);
  // Tokens per row that room() provides for n more: its buffers have the same capacity for many steps.
  std::int64_t capacity(std::int64_t more) const;
  void reserve(std::int64_t more) { reserved_ = longest() + more; }  // tokens per row that will be needed
  // After all layers have been extended: row b has counts[b] more tokens.
  void advance(const std::vector<std::int64_t>& counts);
  // Appends the rows of another cache of the same model.
  void add_rows(KvCache other);
  // Row i is repeated counts[i] times.
  void repeat_rows(const std::vector<std::int64_t>& counts);
  // Keeps only these rows, in this order; a row may be repeated.
  void keep_rows(const std::vector<std::int64_t>& rows);

 private:
  std::vector<KeysValues> layers_;
  std::vector<std::int64_t> lengths_;
  std::int64_t reserved_ = 0;
};

}  // namespace llama32med
