// NF4 weights in checkpoints, in the format of bitsandbytes. A weight "X.weight" is stored as:
//
//   X.weight                              U8 [ceil(n / 2), 1]; or another element type with the same bytes
//   X.weight.absmax                       U8 [blocks] (quantized scales), or fp32 (scales)
//   X.weight.quant_map                    fp32 [16]
//   X.weight.nested_absmax                fp32 [ceil(blocks / nested block)]    with double quantization
//   X.weight.nested_quant_map             fp32 [256]                            with double quantization
//   X.weight.quant_state.bitsandbytes__nf4   U8: JSON of block sizes, shape, type and offset
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/nn/nf4_tensor.h"
#include "llama32med/weights/safetensors.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

// Whether the source stores this weight in 4 bits; a checkpoint may contain both kinds. Throws Error{kData} for the
// other formats of bitsandbytes.
bool is_nf4(const WeightSource& source, const std::string& weight);

// Reads the weight to the given device. Throws Error{kData} naming a tensor whose shape, type or values are
// inconsistent.
Nf4Tensor read_nf4(const WeightSource& source, const std::string& weight, const at::Device& device);

// Reads a dense weight in its stored dtype and quantizes it on the CPU. Throws Error{kData} naming the weight if it
// contains NaN or infinity.
Nf4Tensor quantize_weight(const WeightSource& source, const std::string& weight, const Nf4Options& options,
                          const at::Device& device);

// The tensors that store a weight in a file, by name, in the order above.
std::vector<std::pair<std::string, at::Tensor>> named_tensors(const std::string& weight, const Nf4Tensor& packed);
// Names and shapes of these tensors, before the weight is quantized.
std::vector<NamedTensorInfo> nf4_layout(const std::string& weight, const TensorInfo& dense, const Nf4Options& options);

}  // namespace llama32med
