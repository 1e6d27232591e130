// An adapter merged into the base weights: W + scale B A (DoRA: rows scaled to the trained norms), computed in fp32 for
// any stored dtype and rounded once. Tensors of modules_to_save replace the base's.
#pragma once
#include <string>
#include <vector>

#include "llama32med/peft/adapter_folder.h"

namespace llama32med {

class MergedWeights final : public WeightSource {
 public:
  // Throws Error{kData} naming the first module or tensor of the adapter without a base weight of the same shape, or
  // with a 4-bit base weight.
  MergedWeights(const WeightSource& base, const AdapterFolder& adapter);

  bool has(const std::string& name) const override { return base_->has(name); }
  TensorInfo info(const std::string& name) const override { return base_->info(name); }  // dtype as the base stores it
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override;
  std::vector<std::string> names() const override { return base_->names(); }
  std::string where() const override { return overlaid_.where(); }

 private:
  void check_module(const std::string& module) const;
  at::Tensor merged(const std::string& module, const LoraSpec& lora, const at::TensorOptions& target) const;

  const WeightSource* base_;
  const AdapterFolder* adapter_;
  OverlaidWeights overlaid_;
};

}  // namespace llama32med
