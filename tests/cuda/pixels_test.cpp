// A GPU normalizes 8-bit pixels to the same numbers as the CPU, bit by bit.
#include "llama32med/batch/pixels.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include "cuda_model.h"

namespace llama32med::test {
namespace {

ImageInput all_bytes(const PixelScaling& scaling, std::int64_t step) {  // [1, 3, 56, 56]
  return {
      (at::arange(3 * 56 * 56, at::kLong) * step).remainder(256).to(at::kByte).view({1, 3, 56, 56}), 1, {}, scaling};
}

constexpr PixelScaling kOther{.mean = {0.1F, 0.5F, 0.9F}, .std = {0.5F, 1.0F, 0.3F}, .rescale_factor = 1.0 / 127};

TEST_F(Cuda, PixelsEqualThoseOfTheCpu) {
  const std::vector<ImageBatch> batches{{all_bytes({}, 1)},
                                        {all_bytes(kOther, 1), all_bytes(kOther, 37)},
                                        {all_bytes({}, 5), all_bytes(kOther, 7)},
                                        {all_bytes({}, 5), {at::randn({1, 3, 56, 56}), 1}},
                                        {all_bytes({}, 3), all_bytes({}, 11), all_bytes({}, 1)}};
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf}) {
    const PixelNormalizer here(at::device(at::kCPU).dtype(type)), there(at::device(gpu()).dtype(type));
    for (const auto& images : batches) {
      const auto ours = there(images);
      EXPECT_EQ(ours.device(), gpu());
      EXPECT_TRUE(ours.cpu().equal(here(images))) << c10::toString(type) << ", " << images.size() << " images";
    }
  }
}

TEST_F(Cuda, FeaturesOf8BitPixelsEqualThoseOfNormalizedOnes) {
  const at::NoGradGuard no_gradients;
  const auto model = tiny_on(gpu());
  const auto bytes = all_bytes({}, 37);
  auto normalized = bytes;
  normalized.pixels = normalized_pixels(bytes);
  const auto ours = model->vision_features({bytes})[0].values,
             expected = model->vision_features({normalized})[0].values;
  EXPECT_TRUE(ours.cpu().equal(expected.cpu()));
}

}  // namespace
}  // namespace llama32med::test
