// The factors of low-rank adapters as a product reads them: in the dtype of its input, B with the scale. They are cast
// once and kept until a factor is written to, e.g. for all tokens of an answer. Without gradients only.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med {

struct LowRank {
  at::Tensor a, b;  // [rank, in], [out, rank] in fp32; undefined: no adapter
  double scale = 1;
};

// Adapters of layers with the same input: their A are one matrix.
class CastFactors {
 public:
  explicit CastFactors(std::vector<LowRank> adapters) : adapters_(std::move(adapters)) {}
  bool empty() const;

  // y_i += scale_i B_i A_i x in place, where y_i is the part of y [rows, sum of out] that belongs to layer i.
  // x [rows, in]; sizes: out of each layer.
  void add_to(const at::Tensor& y, const at::Tensor& x, const std::vector<std::int64_t>& sizes) const;

 private:
  void cast(at::ScalarType dtype) const;

  std::vector<LowRank> adapters_;
  mutable at::Tensor a_;               // [sum of ranks, in]
  mutable std::vector<at::Tensor> b_;  // (scale B)^T [rank, out] of each adapter
  mutable std::int64_t version_ = -1;
};

}  // namespace llama32med
