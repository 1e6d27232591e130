// Compares the expressions with plain loops in double, and checks that the operators are registered. CPU against CUDA:
// tests/cuda.
#include "llama32med/kernels/ops.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/tolerances.h"

namespace llama32med::kernels {
namespace {

using test::expect_close;

// Values in -1.5 .. 1.5 without a pattern that could hide errors.
at::Tensor numbers(at::IntArrayRef shape, double step) {
  return (at::arange(c10::multiply_integers(shape), at::kDouble) * step).sin().mul(1.5).view(shape);
}

at::Tensor rms_norm_by_hand(const at::Tensor& x, const at::Tensor& weight, double eps) {
  auto out = at::empty_like(x);
  for (std::int64_t row = 0; row < x.size(0); ++row) {
    double squares = 0;
    for (std::int64_t i = 0; i < x.size(1); ++i) squares += std::pow(x[row][i].item<double>(), 2);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size(1)) + eps);
    for (std::int64_t i = 0; i < x.size(1); ++i)
      out[row][i] = weight[i].item<double>() * x[row][i].item<double>() * scale;
  }
  return out;
}

TEST(KernelExpressions, RmsNormIsTheFormula) {
  const auto x = numbers({3, 7}, 0.37), weight = numbers({7}, 0.91);
  for (const double eps : {1e-5, 0.5}) {
    const auto expected = rms_norm_by_hand(x, weight, eps);
    expect_close("fp64", rms_norm(x, weight, eps), expected, test::kLaws64);
    expect_close("fp32", rms_norm(x.to(at::kFloat), weight.to(at::kFloat), eps), expected, test::kLaws32);
  }
}

TEST(KernelExpressions, HalfTypesAreNormalizedInFp32AndCastBeforeTheProduct) {
  const auto x = numbers({3, 7}, 0.37).to(at::kBFloat16), weight = numbers({7}, 0.91).to(at::kBFloat16);
  const auto ours = rms_norm(x, weight, 1e-5);
  EXPECT_EQ(ours.scalar_type(), at::kBFloat16);
  const auto scaled = rms_norm(x.to(at::kFloat), weight.to(at::kFloat).fill_(1), 1e-5).to(at::kBFloat16);
  EXPECT_TRUE(ours.equal((scaled.to(at::kFloat) * weight.to(at::kFloat)).to(at::kBFloat16)));
}

TEST(KernelExpressions, RotateTurnsEachPair) {
  const auto x = numbers({2, 3, 4, 6}, 0.37);
  const auto angle = numbers({2, 1, 4, 3}, 0.53);
  const auto out = rotate(x, angle.cos(), angle.sin());
  for (std::int64_t b = 0; b < 2; ++b)
    for (std::int64_t h = 0; h < 3; ++h)
      for (std::int64_t l = 0; l < 4; ++l)
        for (std::int64_t i = 0; i < 3; ++i) {
          const double first = x[b][h][l][i].item<double>(), second = x[b][h][l][i + 3].item<double>();
          const double a = angle[b][0][l][i].item<double>();
          EXPECT_NEAR(out[b][h][l][i].item<double>(), first * std::cos(a) - second * std::sin(a), 1e-14);
          EXPECT_NEAR(out[b][h][l][i + 3].item<double>(), second * std::cos(a) + first * std::sin(a), 1e-14);
        }
}

TEST(KernelExpressions, SiluMulIsTheFormula) {
  const auto gate = numbers({5, 9}, 0.37) * 4, up = numbers({5, 9}, 0.71);
  const auto expected = gate / ((-gate).exp() + 1) * up;
  expect_close("fp64", silu_mul(gate, up), expected, test::kLaws64);
  expect_close("fp32", silu_mul(gate.to(at::kFloat), up.to(at::kFloat)), expected, test::kLaws32);
}

TEST(KernelExpressions, GradientsPassThrough) {
  auto x = numbers({2, 8}, 0.37).requires_grad_(), weight = numbers({8}, 0.91).requires_grad_();
  rms_norm(x, weight, 1e-5).sum().backward();
  EXPECT_TRUE(x.grad().defined() && weight.grad().defined());
  x.mutable_grad().reset();
  silu_mul(x, weight.expand({2, 8})).sum().backward();
  EXPECT_TRUE(x.grad().defined());
  auto heads = numbers({1, 2, 3, 4}, 0.37).requires_grad_();
  const auto angle = numbers({1, 1, 3, 2}, 0.53);
  rotate(heads, angle.cos(), angle.sin()).sum().backward();
  EXPECT_TRUE(heads.grad().defined());
}

TEST(KernelOperators, AreRegisteredInAProgramThatUsesThem) {
  const auto x = numbers({3, 8}, 0.37), weight = numbers({8}, 0.91);
  auto& dispatcher = c10::Dispatcher::singleton();
  const auto rms = dispatcher.findSchemaOrThrow("l32m::rms_norm", "").typed<decltype(rms_norm)>();
  EXPECT_TRUE(rms.call(x, weight, 1e-5).equal(rms_norm(x, weight, 1e-5)));
  const auto silu = dispatcher.findSchemaOrThrow("l32m::silu_mul", "").typed<decltype(silu_mul)>();
  EXPECT_TRUE(silu.call(x, x).equal(silu_mul(x, x)));
  EXPECT_TRUE(dispatcher.findSchema({"l32m::rotate", ""}).has_value());
}

}  // namespace
}  // namespace llama32med::kernels
