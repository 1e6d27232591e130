// The gradients of all trained tensors: global norm, clipping coefficient, first non-finite gradient.
#pragma once
#include <string>
#include <vector>

#include "llama32med/train/adamw.h"

namespace llama32med {

// sqrt of the sum of squares over all tensors, in fp32 (fp64 if any tensor is): the norm of each tensor, then the norm
// of the norms, as torch.nn.utils.clip_grad_norm_ does. The order is fixed, so the same threads give the same bits.
// Tensors without a gradient count as zero. [] on the device of the tensors: nothing is read.
at::Tensor global_norm(const std::vector<TrainedTensor>& tensors);

// The factor that clips gradients with this norm: max_norm / (norm + 1e-6), at most 1, in PyTorch's fp32 arithmetic.
// 1 (no clipping) if max_norm is 0. NaN if the norm is NaN.
double clip_coefficient(double norm, double max_norm);

// Name of the first tensor whose gradient contains infinity or NaN, or "". For error texts only: it synchronizes with
// the device once per tensor.
std::string first_nonfinite(const std::vector<TrainedTensor>& tensors);

}  // namespace llama32med
