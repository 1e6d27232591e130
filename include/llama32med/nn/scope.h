// A module path in a checkpoint, from which a model is built: construction loads the weights.
//
// A Scope names weights, checks their shapes, loads them with the target's device and dtype, records them in the
// ParameterStore and builds each linear layer as the LinearChooser decides: dense or 4-bit weights, with or without an
// adapter. Module names equal the names on disk, so there is no rename table.
//
//   // Takes "<scope>.up_proj.weight" from the checkpoint.
//   Mlp(const Scope& scope) : up_proj(scope.linear("up_proj", {hidden_size, intermediate_size})) {}
//
// Throws Error{kData} naming the tensor, both shapes and the folder if a tensor is missing or has the wrong shape, or
// if a weight that is to be quantized contains NaN or infinity.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>

#include "llama32med/nn/linear.h"
#include "llama32med/nn/linear_chooser.h"
#include "llama32med/nn/nf4_tensor.h"
#include "llama32med/nn/parameter_store.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

class Scope {
 public:
  // Without a chooser all linear layers are dense.
  Scope(const WeightSource& source, const at::TensorOptions& target, ParameterStore& store,
        const LinearChooser* linears = nullptr)
      : source_(&source), target_(target), store_(&store), linears_(linears) {}

  Scope operator/(const std::string& child) const;  // "a" / "b" -> "a.b"
  Scope operator/(std::int64_t index) const { return *this / std::to_string(index); }

  at::Tensor weight(const std::string& name, at::IntArrayRef shape) const;
  Linear linear(const std::string& name, const LinearShape& shape) const;

  std::string path(const std::string& name) const { return prefix_.empty() ? name : prefix_ + "." + name; }
  const at::TensorOptions& target() const { return target_; }

 private:
  std::unique_ptr<const LinearLayer> base_linear(const LinearShape& shape, WeightStorage storage) const;
  // The 4-bit weight of this linear layer, as stored or quantized while loading; nullopt for a dense one.
  std::optional<Nf4Tensor> packed_weight(const LinearShape& shape, WeightStorage storage) const;
  std::unique_ptr<const LinearLayer> adapted(std::unique_ptr<const LinearLayer> base, const LinearShape& shape,
                                             const LinearChoice& choice) const;
  // A tensor of an adapter: the trained one of this name if there is one, else `fresh`. fp32 (fp64 in an fp64 model).
  at::Tensor adapter(const std::string& name, const at::Tensor& fresh, const WeightSource* trained) const;

  const WeightSource* source_;
  at::TensorOptions target_;
  ParameterStore* store_;
  const LinearChooser* linears_;
  std::string prefix_;
};

}  // namespace llama32med
