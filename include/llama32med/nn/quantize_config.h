// Which linears of a model are held in 4 bits.
#pragma once
#include <array>
#include <functional>
#include <string>

#include "llama32med/core/config_fields.h"
#include "llama32med/nn/linear_chooser.h"
#include "llama32med/weights/names.h"

namespace llama32med {

enum class Quantize { kNone, kNf4 };
constexpr auto names_of(Quantize) { return std::array{Named{"none", Quantize::kNone}, Named{"nf4", Quantize::kNf4}}; }

struct QuantizeConfig {
  Quantize weights = Quantize::kNone;
  bool vision = true;
  bool double_quantization = true;

  static void describe(auto& c, auto&& field) {
    field("weights", c.weights, "none: as the folder has them; nf4: 4 bits, as QLoRA; a folder in NF4 stays so");
    field("vision", c.vision, "the linears of the vision encoder too");
    field("double_quantization", c.double_quantization, "their scales in 8 bits: 0.516 bytes a weight, not 0.5625");
  }
};

// What is done with a linear by its hub name. The output head stays as it is, as bitsandbytes leaves it under
// transformers; embeddings, the patch convolution and norms are no linears.
WeightStorage storage_of(const QuantizeConfig& config, const ModelNames& names, const std::string& module);

// The same as a chooser takes it; null where nothing is quantized. `names` must outlive it.
std::function<WeightStorage(const std::string& module)> storage_choice(const QuantizeConfig& config,
                                                                       const ModelNames& names);

}  // namespace llama32med
