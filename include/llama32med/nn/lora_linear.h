// A low-rank adapter around any linear layer: y = base(x) + scale * B (A dropout(x)). Over a dense weight it is LoRA
// (https://arxiv.org/abs/2106.09685), over a 4-bit one QLoRA (https://arxiv.org/abs/2305.14314).
//
// A [rank, in] and B [out, rank] are stored in fp32 and cast to the dtype of x. A fresh adapter has B = 0 and changes
// nothing.
#pragma once
#include "llama32med/nn/adapted_group.h"
#include "llama32med/nn/linear.h"
#include "llama32med/nn/linear_chooser.h"

namespace llama32med {

class LoraLinear final : public LinearLayer {
 public:
  LoraLinear(std::unique_ptr<const LinearLayer> base, at::Tensor a, at::Tensor b, const LoraSpec& spec)
      : base_(std::move(base)), a_(std::move(a)), b_(std::move(b)), spec_(spec) {}
  at::Tensor forward(const at::Tensor& x) const override;
  at::Tensor weight() const override;  // W + scale B A
  at::Tensor bias() const override { return base_->bias(); }
  LinearParts parts() const override;

 private:
  bool drops() const;

  std::unique_ptr<const LinearLayer> base_;
  at::Tensor a_, b_;
  LoraSpec spec_;
  // On a GPU, made when it is first needed: the layer may be part of a larger group.
  mutable c10::intrusive_ptr<AdaptedGroup> together_;
};

// W + scale B A in the dtype of A and B, before rounding.
at::Tensor merged_weight(const at::Tensor& weight, const at::Tensor& a, const at::Tensor& b, double scale);

// Initial A of a fresh adapter: uniform in +-1/sqrt(in), as in PEFT (Kaiming with a = sqrt 5). A pure function of seed
// and name.
at::Tensor fresh_lora_a(const std::string& name, std::int64_t rank, std::int64_t in, std::uint64_t seed);

}  // namespace llama32med
