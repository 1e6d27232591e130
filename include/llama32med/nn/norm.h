// Root-mean-square norm (Zhang, Sennrich 2019, https://arxiv.org/abs/1910.07467) and layer norm (Ba et al. 2016) over
// the last dimension.
//
//   rms:   y = w * cast(x32 / sqrt(mean(x32^2) + eps))    statistics in fp32 (fp64 stays fp64), cast before the product
//   layer: y = w * (x - mean) / sqrt(var + eps) + b
#pragma once
#include <ATen/core/Tensor.h>

#include "llama32med/nn/scope.h"

namespace llama32med {

// A hidden state whose last branch is not added yet: x + gate * branch. The norm that follows adds it on the way.
struct Residual {
  at::Tensor x;
  at::Tensor branch = {};  // undefined: x is complete
  at::Tensor gate = {};    // [1]; undefined: 1

  at::Tensor sum() const;
};

class RmsNorm {
 public:
  RmsNorm(const Scope& scope, std::int64_t size, double eps) : weight_(scope.weight("weight", {size})), eps_(eps) {}
  at::Tensor operator()(const at::Tensor& x) const;  // [..., size] -> [..., size]

  struct SumAndNorm {
    at::Tensor sum, normed;
  };
  SumAndNorm after(const Residual& residual) const;

 private:
  at::Tensor weight_;
  double eps_;
};

class LayerNorm {
 public:
  LayerNorm(const Scope& scope, std::int64_t size, double eps)
      : weight_(scope.weight("weight", {size})), bias_(scope.weight("bias", {size})), eps_(eps) {}
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_, bias_;
  double eps_;
};

}  // namespace llama32med
