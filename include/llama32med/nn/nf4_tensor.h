// Weights in 4 bits: NF4 (https://arxiv.org/abs/2305.14314, section 3) as bitsandbytes stores it, value for value.
//
// A weight of n values, row-major, is split into blocks of size `block`. Each block has one scale, its largest absolute
// value; each value is stored as the code of the nearest of 16 levels times that scale. Double quantization stores the
// scales, minus their mean (the offset), in 8 bits: blocks of `nested_block` with one fp32 scale each and 256 levels.
//
//   scale[b] = nested_quant_map[absmax[b]] * nested_absmax[b / nested_block] + offset       (otherwise absmax[b])
//   W[i]     = quant_map[code[i]] * scale[i / block]        one fp32 product, rounded once to the target dtype
//
// A value halfway between two levels gets the lower one, a scale halfway between two levels the even code (as in the
// CUDA kernels of bitsandbytes); a block of zeros gets the code of zero. A value takes 0.515869 bytes with double
// quantization, 0.5625 without.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "llama32med/kernels/nf4.h"

namespace llama32med {

inline constexpr std::int64_t kNestedBlock = 256;  // as in bitsandbytes

enum class DoubleQuantization { kOff, kOn };

struct Nf4Options {
  std::int64_t block = 64;  // 32, 64, 128 .. 4096
  DoubleQuantization scales = DoubleQuantization::kOn;
};

struct Nf4Tensor : kernels::Nf4Weight {
  at::ScalarType dtype = at::kFloat;  // dtype before quantization

  Nf4Tensor to(const at::Device& device) const;
};

// On the weight's device, the same bits on every device. Throws Error{kData} for non-finite values.
Nf4Tensor quantize_nf4(const at::Tensor& weight, const Nf4Options& options = {});

// W in its original shape, on the device of the codes; fp64 to bf16. The same bits on every device.
at::Tensor dequantize(const Nf4Tensor& packed, at::ScalarType dtype);

}  // namespace llama32med
