// A dense linear layer: W [out, in] and b [out], laid out as on disk.
#pragma once
#include "llama32med/nn/linear.h"

namespace llama32med {

class DenseLinear final : public LinearLayer {
 public:
  DenseLinear(at::Tensor weight, at::Tensor bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}
  at::Tensor forward(const at::Tensor& x) const override;
  at::Tensor weight() const override { return weight_; }
  at::Tensor bias() const override { return bias_; }
  LinearParts parts() const override {
    const bool biased = bias_.defined();
    return {.base = this,
            .weight = biased ? at::Tensor() : weight_,
            .trains = weight_.requires_grad() || (biased && bias_.requires_grad())};
  }

 private:
  at::Tensor weight_;  // [out, in]
  at::Tensor bias_;    // [out] or undefined
};

}  // namespace llama32med
