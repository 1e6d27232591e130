#include "llama32med/nn/norm.h"

#include <ATen/ops/layer_norm.h>

#include "llama32med/kernels/decode_ops.h"
#include "llama32med/kernels/ops.h"

namespace llama32med {

at::Tensor RmsNorm::operator()(const at::Tensor& x) const { return kernels::rms_norm(x, weight_, eps_); }

at::Tensor Residual::sum() const {
  if (!branch.defined()) return x;
  return gate.defined() ? x + gate * branch : x + branch;
}

RmsNorm::SumAndNorm RmsNorm::after(const Residual& residual) const {
  const auto& [x, branch, gate] = residual;
  if (!branch.defined()) return {x, (*this)(x)};
  auto [sum, normed] = kernels::add_rms_norm(x, branch, gate, weight_, eps_);
  return {std::move(sum), std::move(normed)};
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight_, bias_, eps_);
}

}  // namespace llama32med
