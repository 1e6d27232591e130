// Quantization equals bitsandbytes (goldens of its CPU code), and the format has its documented properties.
#include "llama32med/nn/nf4_tensor.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/cpu_quantized.h"
#include "support/expect_error.h"
#include "support/golden_case.h"

namespace llama32med {
namespace {

constexpr Nf4Options kPlain{64, DoubleQuantization::kOff};
constexpr const char* kWeights[] = {"language_model.model.layers.0.self_attn.q_proj.weight",
                                    "vision_model.global_transformer.layers.0.self_attn.q_proj.weight",
                                    "made/odd_65x70", "made/zero_block_8x64", "made/bf16_200x192"};

at::Tensor first_values(const Nf4Tensor& packed) {
  return dequantize(packed, packed.dtype).flatten().narrow(0, 0, std::min<std::int64_t>(packed.numel(), 4096));
}

TEST(Nf4Tensor, CodesScalesAndValuesEqualBitsandbytes) {
  const test::Golden golden("nf4");
  for (const std::string name : kWeights) {
    const auto packed = quantize_nf4(golden[name + "/weight"], kPlain);
    EXPECT_TRUE(packed.codes.flatten().equal(golden[name + "/codes"])) << name;
    EXPECT_TRUE(packed.absmax.equal(golden[name + "/absmax"])) << name;
    EXPECT_TRUE(packed.quant_map.equal(golden["nf4_code"])) << name;
    EXPECT_FALSE(packed.is_nested());
    EXPECT_TRUE(first_values(packed).equal(golden[name + "/values"])) << name;
  }
}

// We follow bitsandbytes' CUDA code, the goldens come from its CPU code: they differ by one step in one of 732 scales.
TEST(Nf4Tensor, DoubleQuantizationEqualsBitsandbytesExceptForOneNearTie) {
  const test::Golden golden("nf4");
  std::int64_t scales = 0, steps = 0;
  for (const std::string name : kWeights) {
    const auto packed = quantize_nf4(golden[name + "/weight"]);
    const auto theirs = golden[name + "/absmax_codes"];
    const auto gap = (packed.absmax.to(at::kInt) - theirs.to(at::kInt)).abs();
    scales += gap.numel(), steps += gap.sum().item<std::int64_t>();
    EXPECT_LE(gap.max().item<std::int64_t>(), 1) << name;
    EXPECT_TRUE(packed.codes.flatten().equal(golden[name + "/codes"])) << name;
    EXPECT_TRUE(packed.nested_absmax.equal(golden[name + "/nested_absmax"])) << name;
    EXPECT_TRUE(packed.nested_quant_map.equal(golden["nested_code"])) << name;
    EXPECT_EQ(packed.offset, golden[name + "/offset"].item<float>()) << name;
    const auto as_cpu = test::quantize_as_cpu(golden[name + "/weight"]);
    EXPECT_TRUE(as_cpu.absmax.equal(theirs)) << name;
    EXPECT_TRUE(first_values(as_cpu).equal(golden[name + "/values_nested"])) << name;
  }
  EXPECT_EQ(scales, 732);
  EXPECT_LE(steps, 1);
}

TEST(Nf4Tensor, TypicalWeightsTakeTheExpectedNumberOfBytes) {
  const auto packed = quantize_nf4(at::zeros({256, 4096}, at::kBFloat16));  // a multiple of 64 * 256
  const auto bytes = packed.codes.nbytes() + packed.absmax.nbytes() + packed.nested_absmax.nbytes();
  EXPECT_EQ(static_cast<double>(bytes) / static_cast<double>(packed.numel()), 0.5 + 1.0 / 64 + 4.0 / 16384);
}

TEST(Nf4Tensor, AnyShapeAndTypeRoundTripsWithinHalfAStep) {
  for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble})
    for (const auto& shape : std::vector<std::vector<std::int64_t>>{{1, 1}, {3, 5}, {7, 64}, {65, 70}, {33, 129}})
      for (const auto scales : {DoubleQuantization::kOff, DoubleQuantization::kOn}) {
        const auto weight = at::randn(shape).to(type);
        const auto packed = quantize_nf4(weight, {64, scales});
        EXPECT_EQ(packed.codes.size(0), (weight.numel() + 1) / 2);
        const auto back = dequantize(packed, type);
        ASSERT_EQ(back.sizes(), weight.sizes());
        EXPECT_EQ(back.scalar_type(), type);
        // the largest gap between levels is 0.304 of a scale; 8-bit scales lose up to 1.5 %
        const auto limit = weight.to(at::kDouble).abs().max() * (0.5 * 0.3039 + 0.03);
        EXPECT_TRUE(((back.to(at::kDouble) - weight.to(at::kDouble)).abs() <= limit).all().item<bool>());
      }
}

TEST(Nf4Tensor, LevelsOfABlockAreReproducedExactly) {
  const auto levels = quantize_nf4(at::zeros({64})).quant_map;
  const auto weight = at::cat({levels.repeat({4}) * 3, levels.repeat({4}) * 0.5f});  // block scales 3 and 0.5
  EXPECT_TRUE(dequantize(quantize_nf4(weight, kPlain), at::kFloat).equal(weight));
}

TEST(Nf4Tensor, TiesRoundDownAndZerosStayZero) {
  auto weight = at::zeros({3, 64});
  weight[0][0] = 1, weight[0][1] = (0.72295684f + 1) / 2, weight[0][2] = -0.0;  // scale 1, exactly between two levels
  weight[2][0] = -1e-39;                                                        // smaller than a normal number
  const auto packed = quantize_nf4(weight, kPlain);
  const auto back = dequantize(packed, at::kFloat);
  EXPECT_EQ(back[0][1].item<float>(), 0.72295684f);
  EXPECT_EQ(back[0][2].item<float>(), 0);
  EXPECT_TRUE(back[1].equal(at::zeros({64})));
  EXPECT_TRUE((packed.codes.flatten().narrow(0, 32, 32) == 0x77).all().item<bool>());
  EXPECT_LE(back[2].abs().max().item<float>(), 1e-38f);
}

TEST(Nf4Tensor, OtherBlockSizes) {
  const auto weight = at::randn({40, 100});
  for (const std::int64_t block : {32, 256, 4096}) {
    const auto packed = quantize_nf4(weight, {block, DoubleQuantization::kOff});
    EXPECT_EQ(packed.absmax.numel(), (4000 + block - 1) / block);
    EXPECT_TRUE(packed.absmax[0].equal(weight.flatten().narrow(0, 0, std::min<std::int64_t>(block, 4000)).abs().max()));
  }
  EXPECT_ERROR(quantize_nf4(weight, {.block = 48}), ErrorKind::kUsage, "48");
}

TEST(Nf4Tensor, TheExpressionForOtherDevicesGivesTheSameBits) {
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{1, 3}, {65, 70}, {33, 129}, {64, 4096}})
    for (const auto scales : {DoubleQuantization::kOff, DoubleQuantization::kOn})
      for (const auto type : {at::kFloat, at::kBFloat16, at::kHalf, at::kDouble}) {
        const auto packed = quantize_nf4(at::randn(shape), {64, scales});
        EXPECT_TRUE(dequantize(packed, type).equal(kernels::nf4_dequantize(packed, type)));
      }
}

TEST(Nf4Tensor, NonFiniteValuesAreRefused) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    auto weight = at::randn({4, 64});
    weight[2][5] = bad;
    EXPECT_ERROR(quantize_nf4(weight), ErrorKind::kData, "NaN or infinity");
  }
  EXPECT_ERROR(quantize_nf4(at::arange(64)), ErrorKind::kData, "Long");
}

}  // namespace
}  // namespace llama32med
