// Linear layers with a common input: q, k and v of an attention layer, gate and up of an MLP. On a GPU they compute
// together (adapted_group.h); dense weights then lie one after the other in memory, so that one product computes them
// all. On a CPU each layer computes alone.
//
// The weights of the layers become views of the common one, so they are loaded, trained and saved as before.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "llama32med/nn/adapted_group.h"
#include "llama32med/nn/linear.h"
#include "llama32med/nn/scope.h"

namespace llama32med {

class LinearGroup {
 public:
  LinearGroup(const Scope& scope, const std::vector<std::pair<std::string, LinearShape>>& layers);

  std::vector<at::Tensor> operator()(const at::Tensor& x) const;  // [.., in] -> [.., out] for each layer
  // The results side by side [.., sum of out] if the layers compute together; else undefined.
  at::Tensor together(const at::Tensor& x) const;
  at::Tensor alone(std::size_t layer, const at::Tensor& x) const { return layers_[layer](x); }

 private:
  at::Tensor joined_weights() const;

  std::vector<Linear> layers_;
  std::vector<std::int64_t> sizes_;         // out of each layer
  c10::intrusive_ptr<AdaptedGroup> group_;  // null: each computes alone
  std::vector<at::Tensor> weights_;         // dense weights of the bases
};

}  // namespace llama32med
