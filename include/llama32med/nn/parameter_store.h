// The registry of a model: every tensor of the checkpoint and of adapters, by its name on disk.
//
// Tensors are handles, so what the store switches (requires_grad) or a reader sees (grad) is what the model computes
// with.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/weights/names.h"

namespace llama32med {

enum class ParameterKind {
  kBase,     // of the checkpoint
  kAdapter,  // of an adapter around one of its linears
  kPacked    // a weight in 4 bits: "X.weight" and the tables that belong to it, none of which is ever trained
};

struct Parameter {
  std::string name;  // as on disk, "language_model.model.layers.1.input_layernorm.weight"
  at::Tensor value;
  ParameterKind kind = ParameterKind::kBase;
};

// What a file is to hold of a parameter.
using ParameterValue = std::function<at::Tensor(const Parameter&)>;

class ParameterStore {
 public:
  // names: how the model names its tensors; none: for tensors that are no known model's.
  explicit ParameterStore(ModelNames names = {}) : names_(std::move(names)) {}

  const ModelNames& names() const { return names_; }
  void add(std::string name, at::Tensor value, ParameterKind kind = ParameterKind::kBase) {
    parameters_.push_back({std::move(name), std::move(value), kind});
  }
  // The tensors that a packed weight of so many numbers is made of.
  void add_packed(std::vector<std::pair<std::string, at::Tensor>> tensors, std::int64_t numbers);
  const std::vector<Parameter>& all() const { return parameters_; }

  std::int64_t count() const;  // numbers, not tensors; of packed weights the numbers they stand for
  std::int64_t bytes() const;
  void require_gradients();  // of every floating-point tensor that is not packed

 private:
  ModelNames names_;
  std::vector<Parameter> parameters_;
  std::int64_t packed_numbers_ = 0;
};

}  // namespace llama32med
