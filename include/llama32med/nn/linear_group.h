// Linear layers with a common input: q, k and v of an attention layer, gate and up of an MLP. On a GPU their dense
// weights lie one after the other in memory and one product computes them all; on a CPU each layer computes alone.
//
// The weights of the layers become views of the common one, so that they are loaded, trained and saved as before.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "llama32med/nn/linear.h"
#include "llama32med/nn/scope.h"

namespace llama32med {

class LinearGroup {
 public:
  LinearGroup(const Scope& scope, const std::vector<std::pair<std::string, LinearShape>>& layers);

  std::vector<at::Tensor> operator()(const at::Tensor& x) const;  // [.., in] -> [.., out] for each layer
  // The results side by side [.., sum of out] if one product computes them; else undefined. Without gradients only.
  at::Tensor together(const at::Tensor& x) const;

 private:
  std::vector<Linear> layers_;
  std::vector<std::int64_t> sizes_;  // out of each layer
  at::Tensor weight_;                // [sum of out, in], or undefined: each computes alone
  CastFactors adapters_{{}};
};

}  // namespace llama32med
