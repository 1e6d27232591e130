// Activation checkpointing (Chen et al. 2016, https://arxiv.org/abs/1604.06174): only the inputs of a block are kept,
// and the backward pass runs the block again. Costs one more forward pass, saves all activations inside the block.
//
// PyTorch offers this in Python only. Here it is a torch::autograd::Function whose backward reruns the block on
// detached inputs and backpropagates through that graph. The first run also records gradients and drops its graph
// immediately: both runs then take the same code paths (dropout, kernels), and a block without anything to train is
// detected.
//
// - Tensors with a grad_fn must be inputs. The block may capture leaves (parameters), whose grad() is accumulated. The
//   history of a captured non-leaf tensor would be traversed twice, here and outside.
// - Works if only captured parameters need gradients and no input does.
// - The rerun draws the same random numbers (dropout); the random state after it is not affected.
// - The block is kept until the backward pass: everything it refers to must live that long.
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

// block(inputs), with the same result and gradients. All inputs must be defined. A plain call if gradients are off.
at::Tensor recompute(const Block& block, const std::vector<at::Tensor>& inputs);

// The same if `activations` is kRecompute, otherwise a plain call.
at::Tensor run_block(Activations activations, const Block& block, const std::vector<at::Tensor>& inputs);

}  // namespace llama32med
