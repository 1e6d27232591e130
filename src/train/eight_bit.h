// 8-bit quantization: blocks of 256 divided by their largest magnitude, then rounded to the nearest of 256 fixed
// values. Source: Dettmers et al. 2022, https://arxiv.org/abs/2110.02861, section 2 and "dynamic tree quantization".
//
// Each decade 10^(e-7) .. 10^(e-6), e = 0 .. 6, contains 2^e values (signed; 2^(e+1) unsigned), the midpoints of equal
// parts of its [0.1, 1]; the signed map has both signs of them, and both maps contain 0 and 1.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "llama32med/kernels/adamw.h"

namespace llama32med {

enum class Signs { kBoth, kPositive };

std::vector<float> dynamic_values(Signs signs);  // 256 values, ascending
kernels::EightBitMap map_on(const at::Device& device, Signs signs);

struct ByteBlocks {
  at::Tensor codes;    // [n] uint8
  at::Tensor largest;  // [ceil(n / 256)] fp32
};

ByteBlocks to_bytes(const at::Tensor& x, const kernels::EightBitMap& map);  // x fp32, any shape, n values
at::Tensor from_bytes(const ByteBlocks& blocks, const kernels::EightBitMap& map, at::IntArrayRef shape);  // fp32

}  // namespace llama32med
