// The gradients of everything that trains, looked at together: their norm, what clips them, the one that broke.
#pragma once
#include <string>
#include <vector>

#include "llama32med/train/adamw.h"

namespace llama32med {

// sqrt of the sum of squares over all tensors, in fp32 (fp64 where a tensor is): the norm of each tensor, then the norm
// of the norms, as torch.nn.utils.clip_grad_norm_ does. The order is fixed, so the same threads give the same bits.
// Tensors without a gradient count as zero. One wait for the device.
double global_norm(const std::vector<TrainedTensor>& tensors);

// What gradients of this norm are to be multiplied by: max_norm / (norm + 1e-6), at most 1, in torch's fp32 arithmetic.
// max_norm 0: no clipping, 1. NaN for a norm that is NaN.
double clip_coefficient(double norm, double max_norm);

// The first tensor with an infinity or NaN in its gradient, or "". For the error text: waits for the device once a
// tensor.
std::string first_nonfinite(const std::vector<TrainedTensor>& tensors);

}  // namespace llama32med
