// A linear layer whose W is stored in 4 bits (nf4_tensor.h). Every forward and every backward pass dequantizes W to the
// dtype of x and frees it again: only the packed form is kept between the two. Gradients flow to x and the bias. A few
// rows without a gradient, as in decoding, are multiplied with the codes themselves where a kernel does that
// (kernels/nf4.h).
#pragma once
#include "llama32med/nn/linear.h"
#include "llama32med/nn/nf4_tensor.h"

namespace llama32med {

class Nf4Linear final : public LinearLayer {
 public:
  // dtype: the model's, returned by weight().
  Nf4Linear(Nf4Tensor packed, at::Tensor bias, at::ScalarType dtype)
      : packed_(std::move(packed)), bias_(std::move(bias)), dtype_(dtype) {}
  at::Tensor forward(const at::Tensor& x) const override;
  at::Tensor weight() const override { return dequantize(packed_, dtype_); }
  at::Tensor bias() const override { return bias_; }
  LinearParts parts() const override { return {.base = this, .trains = bias_.defined() && bias_.requires_grad()}; }

 private:
  Nf4Tensor packed_;  // W [out, in]
  at::Tensor bias_;   // [out] or undefined
  at::ScalarType dtype_;
};

}  // namespace llama32med
