#include "llama32med/nn/linear_group.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>

namespace llama32med {

LinearGroup::LinearGroup(const Scope& scope, const std::vector<std::pair<std::string, LinearShape>>& layers) {
  const at::NoGradGuard no_gradients;  // parts that depend on dropout are asked for in each pass
  std::vector<AdaptedGroup::Member> members;
  for (const auto& [name, shape] : layers) {
    layers_.push_back(scope.linear(name, shape));
    sizes_.push_back(shape.out);
    const auto parts = layers_.back().parts();
    members.push_back({parts.base, parts.adapter, shape.out});
    if (parts.weight.defined()) weights_.push_back(parts.weight);
  }
  const bool possible = std::ranges::all_of(members, [](const auto& member) { return member.base != nullptr; });
  if (!possible || scope.target().device().is_cpu()) return;
  group_ = c10::make_intrusive<AdaptedGroup>(std::move(members), joined_weights());
}

at::Tensor LinearGroup::joined_weights() const {
  if (weights_.size() != layers_.size()) return {};
  auto joined = at::cat(weights_);
  std::int64_t begin = 0;
  for (const auto& weight : weights_) {
    weight.set_data(joined.narrow(0, begin, weight.size(0)));
    begin += weight.size(0);
  }
  return joined;
}

at::Tensor LinearGroup::together(const at::Tensor& x) const {
  if (!group_ || (weights_.size() != layers_.size() && group_->empty())) return {};
  if (at::GradMode::is_enabled()) {
    const auto alone = [](const Linear& layer) { return !computes_together(layer.parts()); };
    if (std::ranges::any_of(layers_, alone)) return {};
  }
  return (*group_)(x);
}

std::vector<at::Tensor> LinearGroup::operator()(const at::Tensor& x) const {
  if (const auto y = together(x); y.defined()) return y.split_with_sizes(sizes_, -1);
  std::vector<at::Tensor> results;
  for (const auto& layer : layers_) results.push_back(layer(x));
  return results;
}

}  // namespace llama32med
