#include "llama32med/nn/parameter_store.h"

namespace llama32med {

void ParameterStore::add_packed(std::vector<std::pair<std::string, at::Tensor>> tensors, std::int64_t numbers) {
  for (auto& [name, value] : tensors) add(std::move(name), std::move(value), ParameterKind::kPacked);
  packed_numbers_ += numbers;
}

std::int64_t ParameterStore::count() const {
  std::int64_t total = packed_numbers_;
  for (const auto& parameter : parameters_)
    if (parameter.kind != ParameterKind::kPacked) total += parameter.value.numel();
  return total;
}

std::int64_t ParameterStore::bytes() const {
  std::int64_t total = 0;
  for (const auto& parameter : parameters_) total += static_cast<std::int64_t>(parameter.value.nbytes());
  return total;
}

void ParameterStore::require_gradients() {
  for (const auto& parameter : parameters_)
    if (parameter.value.is_floating_point() && parameter.kind != ParameterKind::kPacked)
      parameter.value.set_requires_grad(true);
}

}  // namespace llama32med
