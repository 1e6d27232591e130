// NF4 weights as bitsandbytes writes them into checkpoints. Of a weight "X.weight":
//
//   X.weight                              U8 [ceil(n / 2), 1]; or another element type of the same bytes
//   X.weight.absmax                       U8 [blocks] (codes of scales), or fp32 (scales)
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

// Whether a source holds this weight in 4 bits; a checkpoint may mix. Throws Error{kData} for bitsandbytes' other
// formats.
bool is_nf4(const WeightSource& source, const std::string& weight);

// On that device. Throws Error{kData} naming the tensor whose shape, type or values do not go together.
Nf4Tensor read_nf4(const WeightSource& source, const std::string& weight, const at::Device& device);

// A dense weight of a source, quantized as it is stored, on the CPU. Throws Error{kData} naming it where it holds NaN
// or infinity.
Nf4Tensor quantize_weight(const WeightSource& source, const std::string& weight, const Nf4Options& options);

// What a weight is in a file: names and tensors in the order above.
std::vector<std::pair<std::string, at::Tensor>> named_tensors(const std::string& weight, const Nf4Tensor& packed);
// Their names and shapes before it is quantized.
std::vector<NamedTensorInfo> nf4_layout(const std::string& weight, const TensorInfo& dense, const Nf4Options& options);

// The weight that a checkpoint's tensor belongs to: "X.weight" of "X.weight.absmax"; absent for other names.
std::optional<std::string> nf4_owner(const std::string& name);

}  // namespace llama32med
