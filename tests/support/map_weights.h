// Weights for tests: named tensors from a map, else random by seed.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "llama32med/core/error.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med::test {

class MapWeights final : public WeightSource {
 public:
  explicit MapWeights(std::map<std::string, at::Tensor> tensors) : tensors_(std::move(tensors)) {}

  bool has(const std::string& name) const override { return tensors_.contains(name); }
  TensorInfo info(const std::string& name) const override { return {at(name).scalar_type(), at(name).sizes().vec()}; }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override {
    return at(name).to(target).clone();
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_) names.push_back(name);
    return names;
  }
  std::string where() const override { return "map"; }

 private:
  const at::Tensor& at(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw data_error("map: no tensor \"{}\"", name);
    return found->second;
  }
  std::map<std::string, at::Tensor> tensors_;
};

}  // namespace llama32med::test
