// Weights in 4 bits: NF4 (https://arxiv.org/abs/2305.14314, section 3) as bitsandbytes stores it, value for value.
//
// A weight of n numbers, row-major, is cut into blocks of `block`. A block has one scale, its largest absolute value;
// a number has the code of the nearest of 16 levels times that scale. Double quantization stores the scales, less
// their mean (the offset), in 8 bits: blocks of `nested_block` with one fp32 scale each and a map of 256 levels.
//
//   scale[b] = nested_quant_map[absmax[b]] * nested_absmax[b / nested_block] + offset       (else absmax[b])
//   W[i]     = quant_map[code[i]] * scale[i / block]        one fp32 product, rounded once to the type asked for
//
// A tie between two levels of a weight goes to the lower one, of a scale to the even code (bitsandbytes' CUDA kernels);
// a block of zeros has the code of zero. 0.515869 bytes a number with double quantization, 0.5625 without.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med {

inline constexpr std::int64_t kNestedBlock = 256;  // as bitsandbytes has it

enum class DoubleQuantization { kOff, kOn };

struct Nf4Options {
  std::int64_t block = 64;  // 32, 64, 128 .. 4096
  DoubleQuantization scales = DoubleQuantization::kOn;
};

struct Nf4Tensor {
  at::Tensor codes;             // U8 [ceil(n / 2), 1]: the first of a pair in the high four bits
  at::Tensor absmax;            // [ceil(n / block)]: U8 codes of scales, or fp32 scales
  at::Tensor quant_map;         // fp32 [16]
  at::Tensor nested_absmax;     // fp32 [ceil(blocks / nested_block)]; undefined without double quantization
  at::Tensor nested_quant_map;  // fp32 [256]; likewise
  float offset = 0;
  std::int64_t block = 64, nested_block = kNestedBlock;
  std::vector<std::int64_t> shape;    // of the weight
  at::ScalarType dtype = at::kFloat;  // of the weight that was quantized

  bool is_nested() const { return nested_absmax.defined(); }
  std::int64_t numel() const;
  std::int64_t blocks() const { return (numel() + block - 1) / block; }
  Nf4Tensor to(const at::Device& device) const;
};

// On the CPU, whatever the weight's device. Throws Error{kData} for numbers that are not finite.
Nf4Tensor quantize_nf4(const at::Tensor& weight, const Nf4Options& options = {});

// W of its shape on the codes' device, fp64 to bf16.
at::Tensor dequantize(const Nf4Tensor& packed, at::ScalarType dtype);

}  // namespace llama32med
