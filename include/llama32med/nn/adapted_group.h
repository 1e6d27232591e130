// Frozen linear layers with a common input and their low-rank adapters, as one node of the autograd graph:
//
//   y_i = base_i(x) + scale_i (x A_i^T) B_i^T      side by side [.., sum of out]
//
// On a GPU a LoRA step is bound by launches. Here all A are one product, each B is added into the result of its base,
// and only x and x A^T are kept for the backward pass. The factors are read in the dtype of x; that copy is made once
// after each change of the factors, not in every pass. They become views of one buffer for that.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <vector>

#include "llama32med/nn/linear.h"

namespace llama32med {

class AdaptedGroup : public torch::CustomClassHolder {
 public:
  struct Member {
    const LinearLayer* base;  // frozen; outlives the group
    LowRank adapter;          // undefined: none
    std::int64_t out = 0;
  };
  // `joined`: W of all bases [sum of out, in], or undefined: each base computes alone.
  AdaptedGroup(std::vector<Member> members, at::Tensor joined);

  bool empty() const;  // no member has an adapter
  // [.., in] -> [.., sum of out], with gradients for x and the factors.
  at::Tensor operator()(const at::Tensor& x) const;

  // The passes of the node, on rows [R, in] and [R, sum of out].
  struct Result {
    at::Tensor y, inner;  // inner: x A^T [R, sum of ranks], undefined without adapters
  };
  Result forward(const at::Tensor& x) const;
  struct Gradients {
    at::Tensor of_x;
    std::vector<at::Tensor> of_factors;  // A and B of each adapter, fp32
  };
  Gradients backward(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& inner) const;
  std::vector<at::Tensor> factors() const;  // A and B of each adapter

 private:
  struct Parts {
    at::Tensor a;               // [sum of ranks, in]
    std::vector<at::Tensor> b;  // [out, rank] of each member, or undefined
  };
  Parts parts_of(const at::Tensor& buffer) const;  // views of a tensor in the order of the buffer
  void cast(at::ScalarType dtype) const;
  bool shares_buffer() const;
  void share_buffer() const;
  at::Tensor base_forward(const at::Tensor& x) const;
  at::Tensor base_backward(const at::Tensor& gradient) const;

  std::vector<Member> members_;
  at::Tensor joined_;
  std::int64_t ranks_ = 0;             // sum
  mutable at::Tensor buffer_;          // fp32: all A, then all B
  mutable at::Tensor a_;               // [sum of ranks, in] in the dtype of x
  mutable std::vector<at::Tensor> b_;  // [out, rank] of each member, or undefined
  mutable std::int64_t version_ = -1;
};

}  // namespace llama32med
