#include "llama32med/nn/index_tensor.h"

#include <ATen/ops/tensor.h>

#include "llama32med/tensor/device.h"

namespace llama32med {

at::Tensor index_tensor(const std::vector<std::int64_t>& values, const at::Device& device) {
  return upload(at::tensor(at::ArrayRef<std::int64_t>(values), at::kLong), at::device(device).dtype(at::kLong));
}

std::vector<at::Tensor> index_tensors(const IndexLists& lists, const at::Device& device) {
  std::vector<std::int64_t> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  const auto together = index_tensor(all, device);
  std::vector<at::Tensor> tensors;
  std::int64_t begin = 0;
  for (const auto& list : lists) {
    tensors.push_back(together.narrow(0, begin, std::ssize(list)));
    begin += std::ssize(list);
  }
  return tensors;
}

}  // namespace llama32med
