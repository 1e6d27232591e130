#include "llama32med/nn/quantize_config.h"

namespace llama32med {

WeightStorage storage_of(const QuantizeConfig& config, const ModelNames& names, const std::string& module) {
  if (config.weights == Quantize::kNone || module == names.output_head()) return WeightStorage::kDense;
  if (!config.vision && names.part_of(module) == Part::kVision) return WeightStorage::kDense;
  return config.double_quantization ? WeightStorage::kNf4 : WeightStorage::kNf4WideScales;
}

std::function<WeightStorage(const std::string& module)> storage_choice(const QuantizeConfig& config,
                                                                       const ModelNames& names) {
  if (config.weights == Quantize::kNone) return nullptr;
  return [config, &names](const std::string& module) { return storage_of(config, names, module); };
}

}  // namespace llama32med
