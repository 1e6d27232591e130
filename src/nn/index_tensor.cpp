#include "llama32med/nn/index_tensor.h"

#include <ATen/ops/tensor.h>

namespace llama32med {

at::Tensor index_tensor(const std::vector<std::int64_t>& values, const at::Device& device) {
  return at::tensor(at::ArrayRef<std::int64_t>(values), at::kLong).to(device);
}

}  // namespace llama32med
