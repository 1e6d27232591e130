#include "llama32med/nn/scope.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "llama32med/core/error.h"
#include "llama32med/nn/dense_linear.h"

namespace llama32med {

Scope Scope::operator/(const std::string& child) const {
  Scope inner = *this;
  inner.prefix_ = path(child);
  return inner;
}

at::Tensor Scope::weight(const std::string& name, at::IntArrayRef shape) const {
  const auto full = path(name);
  const auto [dtype, found] = source_->info(full);
  if (!c10::isFloatingType(dtype))
    throw data_error("{}: tensor \"{}\" holds {}, floating-point numbers are needed", source_->where(), full,
                     c10::toString(dtype));
  if (at::IntArrayRef(found) != shape)
    throw data_error("{}: tensor \"{}\" has shape [{}], the config asks for [{}]", source_->where(), full,
                     fmt::join(found, ", "), fmt::join(shape, ", "));
  auto value = source_->read(full, target_);
  store_->add(full, value);
  return value;
}

Linear Scope::linear(const std::string& name, const LinearShape& shape) const {
  const auto inner = *this / name;
  auto weight = inner.weight("weight", {shape.out, shape.in});
  auto bias = shape.bias == Bias::kPresent ? inner.weight("bias", {shape.out}) : at::Tensor();
  return Linear(std::make_unique<DenseLinear>(std::move(weight), std::move(bias)));
}

}  // namespace llama32med
