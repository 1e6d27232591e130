// Weights in 4 bits: the kernels against the loop and the product on the CPU.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <limits>

#include "cuda_kernels.h"
#include "llama32med/core/error.h"
#include "llama32med/nn/nf4_linear.h"

namespace llama32med::test {
namespace {

using Shape = std::vector<std::int64_t>;

struct Blocks {
  std::int64_t block, nested_block;  // 0: scales in fp32
};

// Blocks of any even size, as a checkpoint may have them; quantize_nf4() only makes powers of two.
Nf4Tensor some_weight(const Shape& shape, Blocks blocks) {
  Nf4Tensor packed = quantize_nf4(at::randn({16, 16}));
  packed.shape = shape, packed.block = blocks.block;
  packed.codes = at::randint(256, {(packed.numel() + 1) / 2, 1}).to(at::kByte);
  if (blocks.nested_block == 0) {
    packed.absmax = at::rand({packed.blocks()}) + 0.1;
    packed.nested_absmax = packed.nested_quant_map = at::Tensor();
    return packed;
  }
  packed.nested_block = blocks.nested_block;
  packed.absmax = at::randint(256, {packed.blocks()}).to(at::kByte);
  packed.nested_absmax = at::rand({(packed.blocks() + blocks.nested_block - 1) / blocks.nested_block});
  return packed;
}

constexpr Blocks kBlocks[] = {{64, 256}, {64, 0}, {32, 256}, {4096, 256}, {2, 2}, {6, 10}, {48, 0}, {100, 256}};

std::string label(at::ScalarType type, const Shape& shape, Blocks blocks) {
  return fmt::format("{} [{}] blocks {}, {}", c10::toString(type), fmt::join(shape, ", "), blocks.block,
                     blocks.nested_block);
}

TEST_F(CudaKernels, Nf4DequantizeGivesTheBitsOfTheLoop) {
  for (const auto& shape :
       std::vector<Shape>{{1, 1}, {3, 5}, {1, 8}, {65, 70}, {33, 129}, {64, 256}, {5, 4096}, {9}, {0, 8}})
    for (const auto blocks : kBlocks) {
      const auto packed = some_weight(shape, blocks);
      const auto there = packed.to(gpu());
      for (const auto type : kTypes)
        EXPECT_TRUE(dequantize(there, type).cpu().equal(dequantize(packed, type))) << label(type, shape, blocks);
    }
}

// With a block of zeros, and in fp32 one of values exactly in the middle of two levels: its largest value is 1.
at::Tensor dense_weight(const Shape& shape, at::ScalarType type) {
  auto values = at::randn(shape) * at::rand(shape);
  auto flat = values.view({-1});
  if (flat.numel() < 256) return values.to(type);
  flat.narrow(0, 64, 64).zero_();
  const auto levels = quantize_nf4(at::randn({64})).quant_map;
  auto block = flat.narrow(0, 192, 64).zero_();
  block[0] = 1;
  block.narrow(0, 1, 15).copy_((levels.narrow(0, 0, 15) + levels.narrow(0, 1, 15)) / 2);
  block[32] = 1;  // for blocks of 32
  return values.to(type);
}

TEST_F(CudaKernels, Nf4QuantizeGivesTheBitsOfTheLoop) {
  for (const auto& shape : std::vector<Shape>{{1, 1}, {3, 5}, {1, 64}, {65, 70}, {33, 129}, {64, 256}, {2, 4097}})
    for (const std::int64_t block : {32, 64, 4096})
      for (const auto scales : {DoubleQuantization::kOff, DoubleQuantization::kOn})
        for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble}) {
          const auto weight = dense_weight(shape, type);
          const auto expected = quantize_nf4(weight, {block, scales}),
                     ours = quantize_nf4(weight.to(gpu()), {block, scales});
          EXPECT_EQ(ours.codes.device().type(), gpu().type());
          EXPECT_TRUE(ours.codes.cpu().equal(expected.codes)) << label(type, shape, {block, 256});
          EXPECT_TRUE(ours.absmax.cpu().equal(expected.absmax)) << label(type, shape, {block, 256});
          EXPECT_EQ(ours.offset, expected.offset);
        }
  auto broken = at::rand({64});
  broken[7] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(quantize_nf4(broken.to(gpu())), Error);
}

TEST_F(CudaKernels, Nf4DequantizeOfQuantizedWeights) {
  for (const auto scales : {DoubleQuantization::kOff, DoubleQuantization::kOn}) {
    const auto packed = quantize_nf4(at::randn({130, 333}), {64, scales});
    for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble})
      EXPECT_TRUE(dequantize(packed.to(gpu()), type).cpu().equal(dequantize(packed, type))) << type;
  }
}

TEST_F(CudaKernels, Nf4CodesAndRowsNeedNoAlignment) {
  const auto packed = some_weight({16, 256}, kBlocks[0]);
  auto there = packed.to(gpu());
  const auto x = at::randn({2, 256}).to(gpu());
  const auto expected = kernels::nf4_matvec(x.cpu(), packed);
  expect_close("x", kernels::nf4_matvec(unaligned(x), there), expected, kKernels32);
  there.codes = unaligned(there.codes);
  EXPECT_TRUE(dequantize(there, at::kBFloat16).cpu().equal(dequantize(packed, at::kBFloat16)));
  expect_close("codes", kernels::nf4_matvec(x, there), expected, kKernels32);
}

// The product in fp64 of what both sides read, rounded once.
at::Tensor product(const at::Tensor& x, const Nf4Tensor& packed) {
  const auto weight = dequantize(packed, x.scalar_type());
  return at::linear(x.to(at::kDouble), weight.to(at::kDouble)).to(x.scalar_type());
}

TEST_F(CudaKernels, Nf4MatvecRoundsOnce) {
  for (const auto& shape : std::vector<Shape>{{1, 1}, {3, 5}, {5, 129}, {6, 96}, {2, 1032}, {9, 2304}})
    for (const auto blocks : kBlocks) {
      const auto packed = some_weight(shape, blocks);
      const auto there = packed.to(gpu());
      for (const auto type : kTypes)
        for (const std::int64_t rows : {1, 3, 4}) {
          const auto x = at::randn({rows, shape[1]}).to(type);
          ASSERT_TRUE(kernels::nf4_matvec_serves(x.to(gpu()), there));
          expect_rounded(label(type, shape, blocks), kernels::nf4_matvec(x.to(gpu()), there), product(x, packed));
        }
    }
}

TEST_F(CudaKernels, Nf4MatvecOfStridedAndNestedRows) {
  const auto packed = some_weight({12, 64}, kBlocks[0]);
  const auto there = packed.to(gpu());
  const auto wide = at::randn({2, 3, 130}).to(at::kBFloat16);
  const auto y = kernels::nf4_matvec(wide.to(gpu()).narrow(2, 1, 64), there);
  EXPECT_EQ(y.sizes(), at::IntArrayRef({2, 3, 12}));
  expect_close("rows", y, product(wide.narrow(2, 1, 64), packed), kKernels16);
  const auto across = at::randn({64, 5});
  expect_close("transposed", kernels::nf4_matvec(across.to(gpu()).t(), there), product(across.t(), packed), kKernels32);
}

TEST_F(CudaKernels, Nf4MatvecServesAFewRowsWithoutGradients) {
  const auto there = some_weight({12, 64}, kBlocks[0]).to(gpu());
  const auto rows = [](std::int64_t count, at::ScalarType type) { return at::randn({count, 64}).to(gpu(), type); };
  EXPECT_TRUE(kernels::nf4_matvec_serves(rows(kernels::kMatvecRows, at::kHalf), there));
  EXPECT_FALSE(kernels::nf4_matvec_serves(rows(kernels::kMatvecRows + 1, at::kHalf), there));
  EXPECT_FALSE(kernels::nf4_matvec_serves(rows(0, at::kHalf), there));
  EXPECT_FALSE(kernels::nf4_matvec_serves(rows(1, at::kDouble), there));
  EXPECT_FALSE(kernels::nf4_matvec_serves(rows(1, at::kHalf), some_weight({0, 64}, kBlocks[0]).to(gpu())));
  const auto learns = rows(1, at::kFloat).set_requires_grad(true);
  EXPECT_FALSE(kernels::nf4_matvec_serves(learns, there));
  const at::NoGradGuard no_gradients;
  EXPECT_TRUE(kernels::nf4_matvec_serves(learns, there));
}

TEST_F(CudaKernels, Nf4LinearEqualsThatOfTheCpu) {
  const auto packed = quantize_nf4(at::randn({24, 96}));
  const auto bias = at::randn({24});
  for (const std::int64_t rows : {1, 4, 5, 40})
    for (const bool biased : {false, true}) {
      const Nf4Linear ours(packed.to(gpu()), biased ? bias.to(gpu()) : at::Tensor(), at::kFloat);
      const Nf4Linear expected(packed, biased ? bias : at::Tensor(), at::kFloat);
      const auto x = at::randn({rows, 96}).set_requires_grad(true),
                 there = x.detach().to(gpu()).set_requires_grad(true);
      const auto name = fmt::format("{} rows, bias {}", rows, biased);
      expect_close(name, ours.forward(there.detach()), expected.forward(x.detach()), kKernels32);
      ours.forward(there).square().sum().backward();
      expected.forward(x).square().sum().backward();
      expect_close(name + ", gradient", there.grad(), x.grad(), kGradients32);
    }
}

TEST_F(CudaKernels, Nf4PartsThatDoNotFitAreRefused) {
  const auto good = some_weight({12, 64}, kBlocks[0]).to(gpu());
  auto bad = good;
  bad.codes = good.codes.narrow(0, 0, 10);
  EXPECT_THROW(dequantize(bad, at::kFloat), c10::Error);
  bad = good, bad.absmax = good.absmax.to(at::kFloat);
  EXPECT_THROW(dequantize(bad, at::kFloat), c10::Error);
  bad = good, bad.nested_absmax = good.nested_absmax.cpu();
  EXPECT_THROW(dequantize(bad, at::kFloat), c10::Error);
  EXPECT_THROW(kernels::nf4_matvec(at::randn({1, 32}).to(gpu()), good), c10::Error);
}

}  // namespace
}  // namespace llama32med::test
