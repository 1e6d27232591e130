#include "llama32med/nn/linear_group.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>

#include <algorithm>

namespace llama32med {

LinearGroup::LinearGroup(const Scope& scope, const std::vector<std::pair<std::string, LinearShape>>& layers) {
  std::vector<at::Tensor> weights;
  std::vector<LowRank> adapters;
  for (const auto& [name, shape] : layers) {
    layers_.push_back(scope.linear(name, shape));
    sizes_.push_back(shape.out);
    const auto parts = layers_.back().parts();
    weights.push_back(parts.weight);
    adapters.push_back(parts.adapter);
  }
  const bool dense = std::ranges::all_of(weights, [](const at::Tensor& weight) { return weight.defined(); });
  if (!dense || scope.target().device().is_cpu()) return;
  adapters_ = CastFactors(std::move(adapters));
  weight_ = at::cat(weights);
  std::int64_t begin = 0;
  for (const auto& weight : weights) {
    weight.set_data(weight_.narrow(0, begin, weight.size(0)));
    begin += weight.size(0);
  }
}

at::Tensor LinearGroup::together(const at::Tensor& x) const {
  if (!weight_.defined() || at::GradMode::is_enabled()) return {};
  const auto y = at::linear(x, weight_);
  if (!adapters_.empty()) adapters_.add_to(y.flatten(0, -2), x.flatten(0, -2), sizes_);
  return y;
}

std::vector<at::Tensor> LinearGroup::operator()(const at::Tensor& x) const {
  if (const auto y = together(x); y.defined()) return y.split_with_sizes(sizes_, -1);
  std::vector<at::Tensor> results;
  for (const auto& layer : layers_) results.push_back(layer(x));
  return results;
}

}  // namespace llama32med
