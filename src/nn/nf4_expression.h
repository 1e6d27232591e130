// dequantize() in libtorch's operations: what runs where the loop over memory does not, on a GPU.
#pragma once
#include "llama32med/nn/nf4_tensor.h"

namespace llama32med {

at::Tensor scales_of(const Nf4Tensor& packed);  // fp32 [blocks]
at::Tensor dequantize_expression(const Nf4Tensor& packed, at::ScalarType dtype);

}  // namespace llama32med
