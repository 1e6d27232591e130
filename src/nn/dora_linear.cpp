#include "llama32med/nn/dora_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/linear.h>

#include "llama32med/nn/lora_linear.h"

namespace llama32med {

at::Tensor row_norms(const at::Tensor& weight) { return at::linalg_vector_norm(weight, 2, 1); }

const at::Tensor& DoraLinear::norms() const {
  const auto version = static_cast<std::int64_t>(factors_.a._version()) + factors_.b._version();
  if (version != norms_version_) {
    const at::NoGradGuard constant;
    norms_ = row_norms(merged_weight(base_->weight(), factors_.a, factors_.b, spec_.scale));
    norms_version_ = version;
  }
  return norms_;
}

at::Tensor DoraLinear::forward(const at::Tensor& x) const {
  const auto dtype = x.scalar_type();
  const bool drops = spec_.dropout > 0 && at::GradMode::is_enabled();
  const auto input = drops ? at::dropout(x, spec_.dropout, true) : x;
  const auto scale = factors_.magnitude / norms();  // s [out]
  const auto product = at::linear(at::linear(input, factors_.a.to(dtype)), factors_.b.to(dtype));
  const auto y = base_->forward(x), bias = base_->bias();
  const auto plain = drops ? at::linear(input, base_->weight()) : bias.defined() ? y - bias : y;
  return y + (scale - 1).to(dtype) * plain + (scale * spec_.scale).to(dtype) * product;
}

at::Tensor DoraLinear::weight() const {
  const auto base = base_->weight();
  return dora_weight(base, factors_, spec_.scale).to(base.scalar_type());
}

at::Tensor dora_weight(const at::Tensor& weight, const DoraFactors& factors, double scale) {
  const auto merged = merged_weight(weight, factors.a, factors.b, scale);  // V
  return (factors.magnitude / row_norms(merged).detach()).unsqueeze(1) * merged;
}

}  // namespace llama32med
