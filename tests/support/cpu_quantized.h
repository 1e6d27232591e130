// NF4 weights as quantized by bitsandbytes' CPU code, which made the goldens. It differs from its CUDA code, and from
// ours, in near ties of the 8-bit scales: it rounds a scale to one of 65,536 values in [-1, 1] before taking the
// nearest level (found by bisection; 1 of 200,000 numbers differs, while direct rounding differs in 180).
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>

#include "llama32med/nn/nf4_checkpoint.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med::test {

Nf4Tensor quantize_as_cpu(const at::Tensor& weight);

// A source whose selected 2-dimensional weights ("X.weight") are in the serialized format.
class CpuQuantized final : public WeightSource {
 public:
  CpuQuantized(const WeightSource& base, const std::function<bool(const std::string& weight)>& chosen);
  bool has(const std::string& name) const override;
  TensorInfo info(const std::string& name) const override;
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override;
  std::vector<std::string> names() const override;
  std::string where() const override { return base_->where(); }

 private:
  const WeightSource* base_;
  std::map<std::string, at::Tensor> packed_;
};

}  // namespace llama32med::test
