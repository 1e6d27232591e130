#include "llama32med/peft/merge.h"

#include <fmt/ranges.h>

#include "llama32med/core/error.h"
#include "llama32med/nn/dora_linear.h"
#include "llama32med/nn/lora_linear.h"

namespace llama32med {
namespace {

constexpr std::string_view kWeight = ".weight";

}  // namespace

MergedWeights::MergedWeights(const WeightSource& base, const AdapterFolder& adapter)
    : base_(&base), adapter_(&adapter), overlaid_(base, adapter) {
  for (const auto& module : adapter.modules()) check_module(module);
  for (const auto& name : adapter.saved_tensors()) {
    if (!base.has(name))
      throw data_error("{}: tensor \"{}\" is not in {}; is the adapter for another model?", adapter.where(), name,
                       base.where());
    if (adapter.info(name).shape != base.info(name).shape)
      throw data_error("{}: tensor \"{}\" has shape [{}], {} has [{}]", adapter.where(), name,
                       fmt::join(adapter.info(name).shape, ", "), base.where(), fmt::join(base.info(name).shape, ", "));
  }
}

void MergedWeights::check_module(const std::string& module) const {
  const auto name = module + std::string(kWeight);
  if (!base_->has(name))
    throw data_error("{}: \"{}\" is not a module of {}; is the adapter for another model?", adapter_->where(), module,
                     base_->where());
  const auto [dtype, shape] = base_->info(name);
  if (!c10::isFloatingType(dtype))
    throw data_error("{}: \"{}\" is stored in 4 bits; merge into the bf16 checkpoint that it was quantized from",
                     base_->where(), name);
  const auto in = adapter_->info(module + ".lora_A.weight").shape[1];
  const auto out = adapter_->info(module + ".lora_B.weight").shape[0];
  if (shape != std::vector{out, in})
    throw data_error("{}: \"{}\" is for a weight [{}, {}], but {} has [{}]", adapter_->where(), module, out, in,
                     base_->where(), fmt::join(shape, ", "));
}

at::Tensor MergedWeights::read(const std::string& name, const at::TensorOptions& target) const {
  const auto whole = target.has_dtype() ? target : target.dtype(info(name).dtype);
  if (name.ends_with(kWeight)) {
    const auto module = name.substr(0, name.size() - kWeight.size());
    if (const auto lora = adapter_->lora(module)) return merged(module, *lora, whole);
  }
  return overlaid_.read(name, whole);
}

at::Tensor MergedWeights::merged(const std::string& module, const LoraSpec& lora,
                                 const at::TensorOptions& target) const {
  const auto name = module + std::string(kWeight);
  const bool wide = target.dtype() == at::kDouble || info(name).dtype == at::kDouble;
  const auto work = target.dtype(wide ? at::kDouble : at::kFloat);
  const auto weight = overlaid_.read(name, work);  // the adapter's own, if it came with its base layer
  const auto a = adapter_->read(module + ".lora_A.weight", work), b = adapter_->read(module + ".lora_B.weight", work);
  if (lora.kind == LoraKind::kLora) return merged_weight(weight, a, b, lora.scale).to(target);
  const auto magnitude = adapter_->read(module + ".lora_magnitude_vector", work);
  return dora_weight(weight, {a, b, magnitude}, lora.scale).to(target);
}

}  // namespace llama32med
