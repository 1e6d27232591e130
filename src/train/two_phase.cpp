#include "llama32med/train/two_phase.h"

#include <torch/csrc/autograd/autograd.h>

namespace llama32med {

ImageMemory detach_as_leaves(const ImageMemory& memory) {
  auto leaves = memory;
  for (auto& tensor : leaves.tensors) tensor = tensor.detach().requires_grad_(tensor.requires_grad());
  return leaves;
}

void backward_through(const ImageMemory& memory, const ImageMemory& leaves) {
  std::vector<at::Tensor> roots, gradients;
  for (std::size_t i = 0; i < memory.tensors.size(); ++i) {
    const auto& gradient = leaves.tensors[i].grad();
    if (!memory.tensors[i].requires_grad() || !gradient.defined()) continue;  // not used by the text
    roots.push_back(memory.tensors[i]);
    gradients.push_back(gradient);
  }
  if (!roots.empty()) torch::autograd::backward(roots, gradients);
}

}  // namespace llama32med
