// The registry of a model's parameters: every tensor of the checkpoint and of adapters, by its name on disk.
//
// Tensors are handles: requires_grad set here applies to the tensors that the model computes with, and their gradients
// can be read here.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/weights/names.h"

namespace llama32med {

enum class ParameterKind {
  kBase,     // a tensor of the checkpoint
  kAdapter,  // a tensor of an adapter around one of the linear layers
  kPacked    // a 4-bit weight: "X.weight" and the tables that belong to it; never trained
};

struct Parameter {
  std::string name;  // as on disk, "language_model.model.layers.1.input_layernorm.weight"
  at::Tensor value;
  ParameterKind kind = ParameterKind::kBase;
};

// The value of a parameter that is written to a file.
using ParameterValue = std::function<at::Tensor(const Parameter&)>;

class ParameterStore {
 public:
  // names: naming conventions of the model; default: for tensors that are not from a known model.
  explicit ParameterStore(ModelNames names = {}) : names_(std::move(names)) {}

  const ModelNames& names() const { return names_; }
  void add(std::string name, at::Tensor value, ParameterKind kind = ParameterKind::kBase) {
    parameters_.push_back({std::move(name), std::move(value), kind});
  }
  // The tensors that store a packed weight with the given number of parameters.
  void add_packed(std::vector<std::pair<std::string, at::Tensor>> tensors, std::int64_t numbers);
  const std::vector<Parameter>& all() const { return parameters_; }

  std::int64_t count() const;  // scalar parameters, not tensors; for packed weights the number before packing
  std::int64_t bytes() const;
  void require_gradients();  // for every floating-point tensor that is not packed

 private:
  ModelNames names_;
  std::vector<Parameter> parameters_;
  std::int64_t packed_numbers_ = 0;
};

}  // namespace llama32med
