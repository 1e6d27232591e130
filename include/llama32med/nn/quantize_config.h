// Which linear layers of a model are quantized to 4 bits.
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
    field(
        "weights", c.weights,
        "storage of linear layers: none, as in the model folder; nf4, 4 bits as in QLoRA (a folder in NF4 stays NF4)");
    field("vision", c.vision, "quantize the linear layers of the vision encoder too");
    field("double_quantization", c.double_quantization,
          "store the scales in 8 bits too: 0.516 instead of 0.5625 bytes per weight");
  }
};

// Storage of a linear layer, by its hub name. The output head is not quantized, as with bitsandbytes in transformers;
// embeddings, the patch convolution and norms are not linear layers.
WeightStorage storage_of(const QuantizeConfig& config, const ModelNames& names, const std::string& module);

// The same as a function for a LinearChooser; null if nothing is quantized. `names` must outlive it.
std::function<WeightStorage(const std::string& module)> storage_choice(const QuantizeConfig& config,
                                                                       const ModelNames& names);

}  // namespace llama32med
