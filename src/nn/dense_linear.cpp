#include "llama32med/nn/dense_linear.h"

#include <ATen/ops/linear.h>

namespace llama32med {

at::Tensor DenseLinear::forward(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

}  // namespace llama32med
