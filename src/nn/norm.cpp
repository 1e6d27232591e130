#include "llama32med/nn/norm.h"

#include <ATen/ops/layer_norm.h>

#include "llama32med/kernels/ops.h"

namespace llama32med {

at::Tensor RmsNorm::operator()(const at::Tensor& x) const { return kernels::rms_norm(x, weight_, eps_); }

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight_, bias_, eps_);
}

}  // namespace llama32med
