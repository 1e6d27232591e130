// Weights in 4 bits (the format and its source: nn/nf4_tensor.h), and their product with a few rows:
//
//   scale[b] = nested_quant_map[absmax[b]] * nested_absmax[b / nested_block] + offset       (otherwise absmax[b])
//   W[i]     = quant_map[code[i]] * scale[i / block]        one fp32 product, rounded once to the target dtype
//   y[r, o]  = sum over i of x[r, i] W[o, i]                W in the dtype of x, summed in fp32, rounded once
//
// As in ops.h, each is a libtorch expression, and a CUDA kernel where one is loaded. The kernel of W gives the bits of
// the expression. The kernel of y reads only the codes; dequantizing a 16-bit W and reading it again moves nine times
// as many bytes.
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace llama32med::kernels {

// With more rows, arithmetic in fp32 takes longer than a product on tensor cores with the dequantized weight. An
// estimate from the rates of an H100, not a measurement.
inline constexpr std::int64_t kMatvecRows = 16;

struct Nf4Weight {
  at::Tensor codes;             // U8 [ceil(n / 2), 1]: the first of each pair in the high four bits
  at::Tensor absmax;            // [ceil(n / block)]: U8 codes of the scales, or fp32 scales
  at::Tensor quant_map;         // fp32 [16]
  at::Tensor nested_absmax;     // fp32 [ceil(blocks / nested_block)]; undefined without double quantization
  at::Tensor nested_quant_map;  // fp32 [256]; undefined without double quantization
  float offset = 0;
  std::int64_t block = 64, nested_block = 256;  // even
  std::vector<std::int64_t> shape;              // shape of the weight

  bool is_nested() const { return nested_absmax.defined(); }
  std::int64_t numel() const { return c10::multiply_integers(shape); }
  std::int64_t blocks() const { return (numel() + block - 1) / block; }
};

at::Tensor nf4_scales(const Nf4Weight& weight);  // fp32 [blocks]
// W in its shape, on the device of the codes. The kernel serves fp32, fp16 and bf16.
at::Tensor nf4_dequantize(const Nf4Weight& weight, at::ScalarType dtype);

// Codes and fp32 scales (absmax) of a weight, on its device: bit by bit those of quantize_nf4() on the CPU. `middles`:
// the 15 values between two levels each. Only where nf4_quantize_serves(): fp32, fp16 or bf16, a kernel is loaded.
bool nf4_quantize_serves(const at::Device& device, at::ScalarType type);
std::pair<at::Tensor, at::Tensor> nf4_quantize(const at::Tensor& weight, std::int64_t block,
                                               const std::array<float, 15>& middles);

// Whether the kernel of y runs: at most kMatvecRows rows of fp32, fp16 or bf16, no gradient for x.
bool nf4_matvec_serves(const at::Tensor& x, const Nf4Weight& weight);
// x [.., in], W [out, in] -> y [.., out]. No gradients where the kernel serves.
at::Tensor nf4_matvec(const at::Tensor& x, const Nf4Weight& weight);

}  // namespace llama32med::kernels
