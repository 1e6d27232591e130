// A linear layer y = x W^T + b, however it is stored. Models hold a Linear; the Scope decides its kind.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "llama32med/nn/low_rank.h"

namespace llama32med {

enum class Bias { kNone, kPresent };

struct LinearShape {
  std::int64_t in;
  std::int64_t out;
  Bias bias = Bias::kNone;
};

// What a layer computes: x W^T [+ (x A^T) (scale B)^T]. For layers that compute together with others (linear_group.h).
struct LinearParts {
  at::Tensor weight;  // W [out, in]; undefined if the layer is not of this form or has a bias
  LowRank adapter = {};
};

class LinearLayer {
 public:
  virtual ~LinearLayer() = default;
  virtual at::Tensor forward(const at::Tensor& x) const = 0;  // [..., in] -> [..., out]
  virtual at::Tensor weight() const = 0;                      // W [out, in], in the model's dtype
  virtual at::Tensor bias() const = 0;                        // [out] or undefined
  virtual LinearParts parts() const { return {}; }
};

class Linear {
 public:
  explicit Linear(std::unique_ptr<const LinearLayer> layer) : layer_(std::move(layer)) {}
  at::Tensor operator()(const at::Tensor& x) const { return layer_->forward(x); }
  LinearParts parts() const { return layer_->parts(); }

 private:
  std::unique_ptr<const LinearLayer> layer_;
};

}  // namespace llama32med
