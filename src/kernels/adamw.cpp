#include "llama32med/kernels/adamw.h"

#include <torch/library.h>

#include "kernels/operators.h"

namespace llama32med::kernels {
namespace {

using Update = void(at::TensorList, at::TensorList, c10::ArrayRef<double>);

bool is_plain(const at::Tensor& x) { return x.scalar_type() == at::kFloat && x.is_contiguous(); }

const c10::TypedOperatorHandle<Update>& update() {
  static const auto op = find<Update>("l32m::eight_bit_adamw_");
  return op;
}

}  // namespace

bool eight_bit_adamw_serves(const at::Tensor& value, const at::Tensor& gradient) {
  return is_registered(update(), value.device()) && is_plain(value) && is_plain(gradient);
}

void eight_bit_adamw(const std::vector<EightBitTensor>& tensors, const EightBitMaps& maps, const AdamWRates& rates) {
  std::vector<at::Tensor> parts;
  for (const auto& tensor : tensors)
    for (const auto* part :
         {&tensor.value, &tensor.gradient, &tensor.m, &tensor.v, &tensor.m_largest, &tensor.v_largest})
      parts.push_back(*part);
  const std::vector<at::Tensor> tables = {maps.m.values, maps.m.borders, maps.v.values, maps.v.borders};
  const std::vector<double> numbers = {rates.learning_rate, rates.beta1,        rates.beta2,
                                       rates.eps,           rates.weight_decay, static_cast<double>(rates.steps)};
  update().call(parts, tables, numbers);
}

// Six tensors per update; the members of the structures above, in their order.
TORCH_LIBRARY_FRAGMENT(l32m, library) {
  library.def("eight_bit_adamw_(Tensor(a!)[] tensors, Tensor[] maps, float[] rates) -> ()");
}

}  // namespace llama32med::kernels
