#include "llama32med/nn/attention.h"

#include <ATen/Context.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/tolerances.h"

namespace llama32med {
namespace {

using test::expect_close;

at::Tensor random(at::IntArrayRef shape, at::ScalarType type = at::kDouble) {
  return at::randn(shape, at::dtype(at::kDouble)).to(type);
}

// The plain formula: query head j reads key head j / (H / Hkv).
at::Tensor formula(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias) {
  const auto group = q.size(1) / k.size(1);
  const auto keys = k.repeat_interleave(group, 1), values = v.repeat_interleave(group, 1);
  const auto scores = at::matmul(q, keys.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  return at::matmul((bias.defined() ? scores + bias : scores).softmax(-1), values);
}

at::Tensor causal_bias(std::int64_t length) {
  const auto open = at::ones({length, length}, at::kBool).tril();
  return at::where(open, 0.0, -std::numeric_limits<double>::infinity());
}

class Attention : public testing::TestWithParam<std::int64_t> {  // number of key heads, for 4 query heads
 protected:
  void SetUp() override {
    at::manual_seed(11);
    q_ = random({2, 4, 7, 6});
    k_ = random({2, GetParam(), 7, 6});
    v_ = random({2, GetParam(), 7, 6});
  }
  at::Tensor q_, k_, v_;
};

TEST_P(Attention, AllEqualsTheFormula) {
  expect_close("all", attend_all(q_, k_, v_), formula(q_, k_, v_, {}), test::kLaws64);
}

TEST_P(Attention, CausalEqualsTheFormula) {
  expect_close("causal", attend_causal(q_, k_, v_), formula(q_, k_, v_, causal_bias(7)), test::kLaws64);
}

TEST_P(Attention, BiasedEqualsTheFormula) {
  const auto bias = causal_bias(7).view({1, 1, 7, 7});
  expect_close("biased", attend_biased(q_, k_, v_, bias), formula(q_, k_, v_, bias), test::kLaws64);
}

TEST_P(Attention, AKeyOfMultiplicityMEqualsMIdenticalKeys) {
  const auto log_copies = at::tensor({0.0, std::log(3.0), 0.0, 0.0, std::log(7.0), 0.0, 0.0}, at::kDouble);
  const auto repeated = [](const at::Tensor& x) {
    return at::cat({x, x.narrow(2, 1, 1).expand({-1, -1, 2, -1}), x.narrow(2, 4, 1).expand({-1, -1, 6, -1})}, 2);
  };
  expect_close("multiple", attend_multiple(q_, k_, v_, key_multiplicity(log_copies, q_.size(3), at::kDouble)),
               attend_all(q_, repeated(k_), repeated(v_)), test::kLaws64);
}

INSTANTIATE_TEST_SUITE_P(KeyHeads, Attention, testing::Values(1, 2, 4));

TEST(AttentionBf16, MultiplicityKeepsItsPrecision) {  // a single bf16 term would be off by half a percent
  at::manual_seed(3);
  const auto q = random({1, 2, 5, 80}, at::kBFloat16), v = random({1, 2, 9, 80}, at::kBFloat16);
  const auto k = at::full({1, 2, 9, 80}, 0.0, at::kBFloat16);  // so the scores are only the logarithms
  const auto log_copies = at::full({9}, std::log(7.0), at::kDouble);
  log_copies.narrow(0, 0, 4).zero_();
  const auto weights = log_copies.exp() / log_copies.exp().sum();
  const auto expected = at::matmul(weights.view({1, 1, 1, 9}), v.to(at::kDouble)).expand({1, 2, 5, 80});
  const auto ours = attend_multiple(q, k, v, key_multiplicity(log_copies, q.size(3), q.scalar_type())).to(at::kDouble);
  EXPECT_LT((ours - expected).abs().max().item<double>(), 2e-2);  // bf16 of values up to 1
  const auto one_term = (log_copies * std::sqrt(80.0)).to(at::kBFloat16).to(at::kDouble) / std::sqrt(80.0);
  EXPECT_GT((one_term.exp() - log_copies.exp()).abs().max().item<double>(), 1e-2);
}

TEST(Attention, HeadsSplitAndMerge) {
  const auto x = random({2, 3, 8});
  EXPECT_TRUE(merge_heads(split_heads(x, 4)).equal(x));
  EXPECT_EQ(split_heads(x, 4).sizes(), at::IntArrayRef({2, 4, 3, 2}));
}

}  // namespace
}  // namespace llama32med
