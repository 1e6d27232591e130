// Activation recompute (Chen et al. 2016, https://arxiv.org/abs/1604.06174): a block keeps its inputs alone, and its
// backward runs it again to have what it needs. Costs one more forward pass, saves everything inside the block.
//
// libtorch has this in Python only. Here: a torch::autograd::Function whose backward reruns the block on detached
// inputs and lets the engine go back through that graph. The first run records gradients as well and drops its graph
// at once: so both runs take the same paths (dropout, kernels), and a block in which nothing needs a gradient is known.
//
// - Tensors with a history of their own must be inputs. The block may hold leaves (parameters): their grad() is added
//   to. A captured tensor with a history would be walked through once here and once outside.
// - Works where no input needs a gradient and only captured parameters do.
// - Random numbers (dropout) are drawn again as they were drawn; what comes after sees no difference.
// - The block is kept until the backward pass: whatever it refers to must live so long.
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <functional>
#include <vector>

#include "llama32med/core/config_fields.h"

namespace llama32med {

enum class Activations { kKeep, kRecompute };
constexpr auto names_of(Activations) {
  return std::array{Named{"keep", Activations::kKeep}, Named{"recompute", Activations::kRecompute}};
}

using Block = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// block(inputs), with the same result and gradients. Inputs are defined. Where gradients are off: a plain call.
at::Tensor recompute(const Block& block, const std::vector<at::Tensor>& inputs);

// The same where `activations` asks for it, else a plain call.
at::Tensor run_block(Activations activations, const Block& block, const std::vector<at::Tensor>& inputs);

}  // namespace llama32med
