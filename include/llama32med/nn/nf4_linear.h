// A linear whose W stands in 4 bits (nf4_tensor.h). Every forward, and every backward, makes W anew in the dtype of x
// and lets go of it: gradients go to x and the bias, and what is kept between the two is the packed form alone.
#pragma once
#include "llama32med/nn/linear.h"
#include "llama32med/nn/nf4_tensor.h"

namespace llama32med {

class Nf4Linear final : public LinearLayer {
 public:
  // `dtype`: the model's, of weight().
  Nf4Linear(Nf4Tensor packed, at::Tensor bias, at::ScalarType dtype)
      : packed_(std::move(packed)), bias_(std::move(bias)), dtype_(dtype) {}
  at::Tensor forward(const at::Tensor& x) const override;
  at::Tensor weight() const override { return dequantize(packed_, dtype_); }
  at::Tensor bias() const override { return bias_; }

 private:
  Nf4Tensor packed_;  // of [out, in]
  at::Tensor bias_;   // [out], or undefined
  at::ScalarType dtype_;
};

}  // namespace llama32med
