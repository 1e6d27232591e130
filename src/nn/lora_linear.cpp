#include "llama32med/nn/lora_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>

#include <cmath>

#include "llama32med/core/random.h"

namespace llama32med {

at::Tensor LoraLinear::forward(const at::Tensor& x) const {
  if (!x.is_cpu() && computes_together(parts())) {
    if (!together_)
      together_ = c10::make_intrusive<AdaptedGroup>(
          std::vector<AdaptedGroup::Member>{{base_.get(), {a_, b_, spec_.scale}, b_.size(0)}}, at::Tensor());
    return (*together_)(x);
  }
  const auto inner = at::linear(drops() ? at::dropout(x, spec_.dropout, true) : x, a_.to(x.scalar_type()));  // [.., r]
  return at::add(base_->forward(x), at::linear(inner, b_.to(x.scalar_type())), spec_.scale);
}

bool LoraLinear::drops() const { return spec_.dropout > 0 && at::GradMode::is_enabled(); }

// Dropout needs an input of its own for A.
LinearParts LoraLinear::parts() const {
  if (drops()) return {};
  auto parts = base_->parts();
  parts.adapter = {a_, b_, spec_.scale};
  return parts;
}

at::Tensor LoraLinear::weight() const {
  const auto base = base_->weight();
  return merged_weight(base, a_, b_, spec_.scale).to(base.scalar_type());
}

at::Tensor merged_weight(const at::Tensor& weight, const at::Tensor& a, const at::Tensor& b, double scale) {
  return at::add(weight.to(a.scalar_type()), at::matmul(b, a), scale);
}

at::Tensor fresh_lora_a(const std::string& name, std::int64_t rank, std::int64_t in, std::uint64_t seed) {
  auto a = at::empty({rank, in}, at::kFloat);
  RandomStream random(fnv1a64(name) ^ splitmix64_at(seed, 0));
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  auto* values = a.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < a.numel(); ++i) values[i] = static_cast<float>((2 * random.uniform() - 1) * bound);
  return a;
}

}  // namespace llama32med
