#include "llama32med/nn/adapted_group.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace llama32med {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Node final : torch::autograd::Function<Node> {
  // The factors are inputs so that their gradients find the way; the group reads them itself.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const c10::intrusive_ptr<AdaptedGroup>& group, at::TensorList /*factors*/) {
    auto [y, inner] = group->forward(x);
    context->save_for_backward({x, inner});
    context->saved_data["group"] = c10::IValue::make_capsule(group);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto group = c10::static_intrusive_pointer_cast<AdaptedGroup>(context->saved_data["group"].toCapsule());
    const auto saved = context->get_saved_variables();
    auto [of_x, of_factors] = group->backward(gradients[0].contiguous(), saved[0], saved[1]);
    variable_list all{of_x, {}};  // none for the group
    all.insert(all.end(), of_factors.begin(), of_factors.end());
    return all;
  }
};

}  // namespace

bool computes_together(const LinearParts& parts) {
  return parts.base != nullptr && !(parts.trains && at::GradMode::is_enabled());
}

AdaptedGroup::AdaptedGroup(std::vector<Member> members, at::Tensor joined)
    : members_(std::move(members)), joined_(std::move(joined)) {
  for (const auto& member : members_)
    if (member.adapter.a.defined()) ranks_ += member.adapter.a.size(0);
  if (!empty()) share_buffer();
}

bool AdaptedGroup::empty() const { return ranks_ == 0; }

std::vector<at::Tensor> AdaptedGroup::factors() const {
  std::vector<at::Tensor> all;
  for (const auto& [base, adapter, out] : members_)
    if (adapter.a.defined()) all.insert(all.end(), {adapter.a, adapter.b});
  return all;
}

// False if another group has taken a factor: a layer may compute alone in one mode and together in another.
bool AdaptedGroup::shares_buffer() const {
  const auto ours = [&](const at::Tensor& factor) { return factor.storage().is_alias_of(buffer_.storage()); };
  return buffer_.defined() && std::ranges::all_of(factors(), ours);
}

void AdaptedGroup::share_buffer() const {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> in_order;
  for (const bool second : {false, true})
    for (const auto& [base, adapter, out] : members_)
      if (adapter.a.defined()) in_order.push_back(second ? adapter.b : adapter.a);
  std::vector<at::Tensor> flat;
  for (const auto& factor : in_order) flat.push_back(factor.detach().flatten());
  buffer_ = at::cat(flat);
  std::int64_t begin = 0;
  for (const auto& factor : in_order) {
    factor.set_data(buffer_.narrow(0, begin, factor.numel()).view(factor.sizes()));
    begin += factor.numel();
  }
}

AdaptedGroup::Parts AdaptedGroup::parts_of(const at::Tensor& buffer) const {
  Parts parts;
  std::int64_t in = 0;
  for (const auto& [base, adapter, out] : members_)
    if (adapter.a.defined()) in = adapter.a.size(1);
  parts.a = buffer.narrow(0, 0, ranks_ * in).view({ranks_, in});
  auto begin = ranks_ * in;
  for (const auto& [base, adapter, out] : members_) {
    parts.b.emplace_back();
    if (!adapter.a.defined()) continue;
    parts.b.back() = buffer.narrow(0, begin, adapter.b.numel()).view(adapter.b.sizes());
    begin += adapter.b.numel();
  }
  return parts;
}

void AdaptedGroup::cast(at::ScalarType dtype) const {
  std::int64_t version = 0;
  for (const auto& factor : factors()) version += static_cast<std::int64_t>(factor._version());
  if (version == version_ && a_.scalar_type() == dtype) return;
  if (!shares_buffer()) share_buffer();
  const auto [a, b] = parts_of(buffer_.to(dtype));
  a_ = a;
  b_ = b;
  version_ = version;
}

at::Tensor AdaptedGroup::base_forward(const at::Tensor& x) const {
  if (joined_.defined()) return at::linear(x, joined_);
  if (members_.size() == 1) return members_.front().base->forward(x);
  std::vector<at::Tensor> parts;
  for (const auto& member : members_) parts.push_back(member.base->forward(x));
  return at::cat(parts, 1);
}

at::Tensor AdaptedGroup::base_backward(const at::Tensor& gradient) const {
  if (joined_.defined()) return at::mm(gradient, joined_);
  at::Tensor of_x;
  std::int64_t begin = 0;
  for (const auto& member : members_) {
    const auto part = gradient.narrow(1, begin, member.out);
    of_x = of_x.defined() ? of_x.addmm_(part, member.base->weight()) : at::mm(part, member.base->weight());
    begin += member.out;
  }
  return of_x;
}

AdaptedGroup::Result AdaptedGroup::forward(const at::Tensor& x) const {
  const at::NoGradGuard no_gradients;
  Result result{base_forward(x), {}};
  if (empty()) return result;
  cast(x.scalar_type());
  result.inner = at::linear(x, a_);
  std::int64_t column = 0, rank = 0;
  for (std::size_t i = 0; i < members_.size(); column += members_[i++].out) {
    if (!b_[i].defined()) continue;
    const auto part = result.inner.narrow(1, rank, b_[i].size(1));
    result.y.narrow(1, column, members_[i].out).addmm_(part, b_[i].t(), 1, members_[i].adapter.scale);
    rank += b_[i].size(1);
  }
  return result;
}

AdaptedGroup::Gradients AdaptedGroup::backward(const at::Tensor& gradient, const at::Tensor& x,
                                               const at::Tensor& inner) const {
  const at::NoGradGuard no_gradients;
  Gradients gradients{base_backward(gradient), {}};
  if (empty()) return gradients;
  cast(x.scalar_type());
  const auto of_inner = at::empty(inner.sizes(), inner.options());
  const auto flat = at::empty(buffer_.sizes(), x.options());  // in the order of the buffer, so that one cast suffices
  const auto parts = parts_of(flat);
  std::int64_t column = 0, rank = 0;
  for (std::size_t i = 0; i < members_.size(); column += members_[i++].out) {
    if (!b_[i].defined()) continue;
    const auto scale = members_[i].adapter.scale;
    const auto part = gradient.narrow(1, column, members_[i].out);
    of_inner.narrow(1, rank, b_[i].size(1)).addmm_(part, b_[i], 0, scale);
    parts.b[i].addmm_(part.t(), inner.narrow(1, rank, b_[i].size(1)), 0, scale);
    rank += b_[i].size(1);
  }
  gradients.of_x.addmm_(of_inner, a_);
  parts.a.addmm_(of_inner.t(), x, 0);
  const auto [of_a, of_b] = parts_of(flat.to(buffer_.scalar_type()));
  rank = 0;
  for (const auto& of_factor : of_b) {
    if (!of_factor.defined()) continue;
    gradients.of_factors.push_back(of_a.narrow(0, rank, of_factor.size(1)));
    gradients.of_factors.push_back(of_factor);
    rank += of_factor.size(1);
  }
  return gradients;
}

at::Tensor AdaptedGroup::operator()(const at::Tensor& x) const {
  const auto rows = x.reshape({-1, x.size(-1)});
  auto* self = const_cast<AdaptedGroup*>(this);  // an intrusive pointer shares it; the node only reads
  const auto group = c10::intrusive_ptr<AdaptedGroup>::unsafe_reclaim_from_nonowning(self);
  const auto y = at::GradMode::is_enabled() ? Node::apply(rows, group, at::TensorList(factors())) : forward(rows).y;
  auto sizes = x.sizes().vec();
  sizes.back() = y.size(1);
  return y.view(sizes);
}

}  // namespace llama32med
