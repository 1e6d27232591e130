// Weight-decomposed low-rank adaptation (DoRA, https://arxiv.org/abs/2402.09353): the rows of the adapted weight are
// scaled to trained norms m.
//
//   V = W + scale B A,  s = m / |V| by row (a constant in the backward pass, section 4.3)
//   y = s * (W x + scale B A x) + bias
//   with dropout, x' = dropout(x) (PEFT 0.17, tuners/lora/dora.py):  y = W x + (s - 1) * W x' + s * scale B A x' + bias
//
// A [rank, in], B [out, rank] and m [out] are fp32. A fresh m holds the norms of the rows, so it changes nothing.
#pragma once
#include "llama32med/nn/linear.h"
#include "llama32med/nn/linear_chooser.h"

namespace llama32med {

struct DoraFactors {
  at::Tensor a, b, magnitude;
};

class DoraLinear final : public LinearLayer {
 public:
  DoraLinear(std::unique_ptr<const LinearLayer> base, DoraFactors factors, const LoraSpec& spec)
      : base_(std::move(base)), factors_(std::move(factors)), spec_(spec) {}
  at::Tensor forward(const at::Tensor& x) const override;
  at::Tensor weight() const override;  // s * V
  at::Tensor bias() const override { return base_->bias(); }

 private:
  const at::Tensor& norms() const;  // |V| [out], without gradient

  std::unique_ptr<const LinearLayer> base_;
  DoraFactors factors_;
  LoraSpec spec_;
  // |V| costs a matrix product of the weight's size. It is cached until a factor is written to, e.g. for all tokens of
  // an answer.
  mutable at::Tensor norms_;
  mutable std::int64_t norms_version_ = -1;
};

// s * V for W [out, in], in the dtype of the factors.
at::Tensor dora_weight(const at::Tensor& weight, const DoraFactors& factors, double scale);

// Norms of the rows: [out, in] -> [out].
at::Tensor row_norms(const at::Tensor& weight);

}  // namespace llama32med
