#include "llama32med/batch/pixels.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <gtest/gtest.h>

namespace llama32med {
namespace {

ImageInput all_bytes(const PixelScaling& scaling) {  // [2, 3, 16, 16]: every byte in every channel
  return {at::arange(256, at::kByte).view({1, 1, 16, 16}).expand({2, 3, 16, 16}).contiguous(), 1, {}, scaling};
}

constexpr PixelScaling kOther{.mean = {0.1F, 0.5F, 0.9F}, .std = {0.5F, 1.0F, 0.3F}, .rescale_factor = 1.0 / 127};

TEST(Pixels, EqualTheFormulaInFp32RoundedToTheDtype) {
  for (const auto& scaling : {PixelScaling{}, kOther})
    for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf}) {
      const auto ours = PixelNormalizer(at::device(at::kCPU).dtype(type))({all_bytes(scaling)});
      ASSERT_EQ(ours.scalar_type(), type);
      ASSERT_EQ(ours.sizes(), at::IntArrayRef({1, 2, 3, 16, 16}));
      for (std::size_t c = 0; c < 3; ++c)
        for (std::int64_t byte = 0; byte < 256; ++byte) {
          const volatile float scaled = static_cast<float>(byte) * static_cast<float>(scaling.rescale_factor);
          const volatile float moved = scaled - scaling.mean[c];  // volatile: rounded after every operation
          const auto expected = at::full({}, moved / scaling.std[c], at::kFloat).to(type);
          EXPECT_TRUE(ours[0][1][static_cast<std::int64_t>(c)].flatten()[byte].equal(expected)) << byte;
        }
    }
}

TEST(Pixels, EachImageHasItsOwnScalingAndNormalizedOnesStayAsTheyAre) {
  const ImageInput given{at::randn({2, 3, 16, 16}), 1};
  const ImageBatch images{all_bytes({}), all_bytes(kOther), given};
  const auto ours = PixelNormalizer(at::device(at::kCPU).dtype(at::kFloat))(images);
  EXPECT_TRUE(ours[0].equal(normalized_pixels(images[0])));
  EXPECT_TRUE(ours[1].equal(normalized_pixels(images[1])));
  EXPECT_TRUE(ours[2].equal(given.pixels));
  EXPECT_FALSE(ours[0].equal(ours[1]));
}

}  // namespace
}  // namespace llama32med
