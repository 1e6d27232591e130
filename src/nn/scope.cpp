#include "llama32med/nn/scope.h"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "llama32med/core/error.h"
#include "llama32med/nn/dense_linear.h"
#include "llama32med/nn/dora_linear.h"
#include "llama32med/nn/lora_linear.h"
#include "llama32med/nn/nf4_checkpoint.h"
#include "llama32med/nn/nf4_linear.h"

namespace llama32med {
namespace {

void check_shape(const WeightSource& source, const std::string& name, at::IntArrayRef found, at::IntArrayRef shape) {
  if (found != shape)
    throw data_error("{}: tensor \"{}\" has shape [{}], the config requires [{}]", source.where(), name,
                     fmt::join(found, ", "), fmt::join(shape, ", "));
}

// Throws if a tensor of a source is not floating-point or does not have the shape that the model requires.
void check_tensor(const WeightSource& source, const std::string& name, at::IntArrayRef shape) {
  const auto [dtype, found] = source.info(name);
  if (!c10::isFloatingType(dtype))
    throw data_error("{}: tensor \"{}\" has dtype {}; a floating-point dtype is required", source.where(), name,
                     c10::toString(dtype));
  check_shape(source, name, found, shape);
}

}  // namespace

Scope Scope::operator/(const std::string& child) const {
  Scope inner = *this;
  inner.prefix_ = path(child);
  return inner;
}

at::Tensor Scope::weight(const std::string& name, at::IntArrayRef shape) const {
  const auto full = path(name);
  check_tensor(*source_, full, shape);
  auto value = source_->read(full, target_);
  store_->add(full, value);
  return value;
}

at::Tensor Scope::adapter(const std::string& name, const at::Tensor& fresh, const WeightSource* trained) const {
  const auto full = path(name);
  const bool wide = target_.dtype() == at::kDouble;
  const auto options = target_.dtype(wide ? at::kDouble : at::kFloat);
  if (trained) check_tensor(*trained, full, fresh.sizes());
  auto value = trained ? trained->read(full, options) : fresh.to(options);
  store_->add(full, value, ParameterKind::kAdapter);
  return value;
}

std::optional<Nf4Tensor> Scope::packed_weight(const LinearShape& shape, WeightStorage storage) const {
  const auto name = path("weight");
  const std::int64_t sides[] = {shape.out, shape.in};
  if (is_nf4(*source_, name)) {
    auto packed = read_nf4(*source_, name, target_.device());
    check_shape(*source_, name, packed.shape, sides);
    return packed;
  }
  if (storage == WeightStorage::kDense) return std::nullopt;
  check_tensor(*source_, name, sides);
  const bool nested = storage == WeightStorage::kNf4;
  return quantize_weight(*source_, name, {.scales = nested ? DoubleQuantization::kOn : DoubleQuantization::kOff},
                         target_.device());
}

std::unique_ptr<const LinearLayer> Scope::base_linear(const LinearShape& shape, WeightStorage storage) const {
  auto packed = packed_weight(shape, storage);
  if (packed) store_->add_packed(named_tensors(path("weight"), *packed), packed->numel());
  auto weight = packed ? at::Tensor() : this->weight("weight", {shape.out, shape.in});
  auto bias = shape.bias == Bias::kPresent ? this->weight("bias", {shape.out}) : at::Tensor();
  if (packed)
    return std::make_unique<Nf4Linear>(*std::move(packed), std::move(bias), c10::typeMetaToScalarType(target_.dtype()));
  return std::make_unique<DenseLinear>(std::move(weight), std::move(bias));
}

std::unique_ptr<const LinearLayer> Scope::adapted(std::unique_ptr<const LinearLayer> base, const LinearShape& shape,
                                                  const LinearChoice& choice) const {
  const auto rank = choice.lora->rank;
  const auto fresh_a =
      choice.trained ? at::zeros({rank, shape.in}) : fresh_lora_a(path("lora_A.weight"), rank, shape.in, choice.seed);
  auto a = adapter("lora_A.weight", fresh_a, choice.trained);
  auto b = adapter("lora_B.weight", at::zeros({shape.out, rank}), choice.trained);
  if (choice.lora->kind == LoraKind::kLora)
    return std::make_unique<LoraLinear>(std::move(base), std::move(a), std::move(b), *choice.lora);
  const auto fresh_magnitude = choice.trained ? at::zeros({shape.out}) : row_norms(base->weight().to(a.scalar_type()));
  auto magnitude = adapter("lora_magnitude_vector", fresh_magnitude, choice.trained);
  return std::make_unique<DoraLinear>(std::move(base), DoraFactors{a, b, magnitude}, *choice.lora);
}

Linear Scope::linear(const std::string& name, const LinearShape& shape) const {
  const auto inner = *this / name;
  const auto choice = linears_ ? linears_->choose(inner.prefix_) : LinearChoice();
  auto layer = inner.base_linear(shape, choice.storage);
  if (choice.lora) layer = inner.adapted(std::move(layer), shape, choice);
  return Linear(std::move(layer));
}

}  // namespace llama32med
