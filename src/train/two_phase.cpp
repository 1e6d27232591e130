#include "llama32med/train/two_phase.h"

#include <torch/csrc/autograd/autograd.h>

namespace llama32med {
namespace {

std::vector<at::Tensor> leaves_of(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> leaves;
  for (const auto& tensor : tensors) leaves.push_back(tensor.detach().requires_grad_(tensor.requires_grad()));
  return leaves;
}

}  // namespace

CrossMemory detach_as_leaves(const CrossMemory& memory) {
  return {leaves_of(memory.keys), leaves_of(memory.values), memory.images};
}

void backward_through(const CrossMemory& memory, const CrossMemory& leaves) {
  std::vector<at::Tensor> roots, gradients;
  const auto collect = [&](const std::vector<at::Tensor>& from, const std::vector<at::Tensor>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (!from[i].requires_grad() || !to[i].grad().defined()) continue;  // a layer that no row looked through
      roots.push_back(from[i]);
      gradients.push_back(to[i].grad());
    }
  };
  collect(memory.keys, leaves.keys);
  collect(memory.values, leaves.values);
  if (!roots.empty()) torch::autograd::backward(roots, gradients);
}

}  // namespace llama32med
