#include "llama32med/nn/quantize_config.h"

#include "llama32med/weights/names.h"

namespace llama32med {

WeightStorage storage_of(const QuantizeConfig& config, const std::string& module) {
  if (config.weights == Quantize::kNone || module == "language_model.lm_head") return WeightStorage::kDense;
  if (!config.vision && part_of(module) == Part::kVision) return WeightStorage::kDense;
  return config.double_quantization ? WeightStorage::kNf4 : WeightStorage::kNf4WideScales;
}

std::function<WeightStorage(const std::string& module)> storage_choice(const QuantizeConfig& config) {
  if (config.weights == Quantize::kNone) return nullptr;
  return [config](const std::string& module) { return storage_of(config, module); };
}

}  // namespace llama32med
