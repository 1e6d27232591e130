#include "llama32med/nn/norm.h"

#include <ATen/ops/layer_norm.h>

namespace llama32med {

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  const auto wide = x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
  const auto scaled = wide * (wide.square().mean(-1, /*keepdim=*/true) + eps_).rsqrt();
  return weight_ * scaled.to(x.scalar_type());
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight_, bias_, eps_);
}

}  // namespace llama32med
