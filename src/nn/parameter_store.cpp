#include "llama32med/nn/parameter_store.h"

namespace llama32med {

std::int64_t ParameterStore::count() const {
  std::int64_t total = 0;
  for (const auto& parameter : parameters_) total += parameter.value.numel();
  return total;
}

std::int64_t ParameterStore::bytes() const {
  std::int64_t total = 0;
  for (const auto& parameter : parameters_) total += static_cast<std::int64_t>(parameter.value.nbytes());
  return total;
}

void ParameterStore::require_gradients() {
  for (const auto& parameter : parameters_)
    if (parameter.value.is_floating_point()) parameter.value.set_requires_grad(true);
}

}  // namespace llama32med
