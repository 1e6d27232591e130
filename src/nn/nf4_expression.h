// dequantize() in libtorch operations, for GPUs, where the loop over memory does not work.
#pragma once
#include "llama32med/nn/nf4_tensor.h"

namespace llama32med {

at::Tensor scales_of(const Nf4Tensor& packed);  // fp32 [blocks]
at::Tensor dequantize_expression(const Nf4Tensor& packed, at::ScalarType dtype);

}  // namespace llama32med
