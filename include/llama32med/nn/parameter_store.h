// The registry of a model: every tensor of the checkpoint and of adapters, by its name on disk.
//
// Tensors are handles, so what the store switches (requires_grad) or a reader sees (grad) is what the model computes
// with.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace llama32med {

enum class ParameterKind {
  kBase,    // of the checkpoint
  kAdapter  // of an adapter around one of its linears
};

struct Parameter {
  std::string name;  // as on disk, "language_model.model.layers.1.cross_attn.k_norm.weight"
  at::Tensor value;
  ParameterKind kind = ParameterKind::kBase;
};

class ParameterStore {
 public:
  void add(std::string name, at::Tensor value, ParameterKind kind = ParameterKind::kBase) {
    parameters_.push_back({std::move(name), std::move(value), kind});
  }
  const std::vector<Parameter>& all() const { return parameters_; }

  std::int64_t count() const;  // numbers, not tensors
  std::int64_t bytes() const;
  void require_gradients();  // of every floating-point tensor

 private:
  std::vector<Parameter> parameters_;
};

}  // namespace llama32med
