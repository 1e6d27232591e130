#include "llama32med/batch/hf_inputs.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

constexpr std::int64_t kImage = 9;

at::Tensor ints(std::vector<std::int64_t> values, at::IntArrayRef shape) {
  return at::tensor(at::ArrayRef<std::int64_t>(values), at::kLong).view(shape);
}

HfInputs two_rows() {  // row 0 has an image of 2 tiles, row 1 has no image
  HfInputs in;
  in.input_ids = ints({1, kImage, 2, 3, 1, 2, 0, 0}, {2, 4});
  in.attention_mask = ints({1, 1, 1, 1, 1, 1, 0, 0}, {2, 4});
  in.pixel_values = at::ones({2, 1, 4, 3, 2, 2});
  in.aspect_ratio_ids = ints({2, 0}, {2, 1});
  in.aspect_ratio_mask = ints({1, 1, 0, 0, 1, 0, 0, 0}, {2, 1, 4});
  return in;
}

TEST(HfInputs, SlotsBecomeDistinctRealTiles) {
  const auto batch = batch_from_hf(two_rows(), kImage, AbsentImages::kDrop);
  ASSERT_EQ(batch.images.size(), 1u);
  EXPECT_EQ(batch.images[0].pixels.size(0), 2);
  EXPECT_EQ(batch.slots, (std::vector<std::int64_t>{0}));
  EXPECT_EQ(batch.text.lengths, (std::vector<std::int64_t>{4, 2}));
  EXPECT_EQ(batch.text.spans, (std::vector<ImageSpan>{{0, 1, 1, 0}}));
  EXPECT_FALSE(batch.text.seen.has_value());
  EXPECT_EQ(batch.text.row_images, (std::vector<ImageRun>{{0, 1}, {1, 0}}));
}

TEST(HfInputs, AbsentImagesAreKeptIfRowsWithoutImagesSeeThem) {
  const auto batch = batch_from_hf(two_rows(), kImage, AbsentImages::kKeep);
  ASSERT_EQ(batch.images.size(), 2u);
  EXPECT_EQ(batch.images[1].aspect_ratio_id, 0);
  EXPECT_EQ(batch.images[1].pixels.size(0), 1);
  EXPECT_EQ(batch.text.row_images, (std::vector<ImageRun>{{0, 1}, {1, 1}}));
}

TEST(HfInputs, ErrorsNameTheInvalidTensor) {
  const auto expect = [](auto change, const char* complaint) {
    auto in = two_rows();
    change(in);
    EXPECT_ERROR(batch_from_hf(in, kImage, AbsentImages::kDrop), ErrorKind::kData, complaint);
  };
  expect([](HfInputs& in) { in.input_ids = in.input_ids.flatten(); }, "input_ids");
  expect([](HfInputs& in) { in.attention_mask = in.attention_mask.flip(1); }, "not padded on the right");
  expect([](HfInputs& in) { in.attention_mask = in.attention_mask.narrow(1, 0, 3); }, "expected [2, 4]");
  expect([](HfInputs& in) { in.aspect_ratio_mask = in.aspect_ratio_mask.flip(2); }, "not ones, then zeros");
  expect([](HfInputs& in) { in.aspect_ratio_ids.reset(); }, "\"aspect_ratio_ids\" is missing");
  expect([](HfInputs& in) { in.input_ids[0][2] = kImage; }, "more image tokens than images");
}

TEST(HfInputs, AMaskThatSkipsAnImageIsRejected) {
  HfInputs in;
  in.input_ids = at::ones({1, 2}, at::kLong);
  in.pixel_values = at::ones({1, 3, 1, 3, 2, 2});
  in.aspect_ratio_ids = at::ones({1, 3}, at::kLong);
  in.aspect_ratio_mask = at::ones({1, 3, 1}, at::kLong);
  in.cross_attention_mask = ints({0, 0, 0, 1, 0, 1}, {1, 2, 3, 1});
  EXPECT_ERROR(batch_from_hf(in, kImage, AbsentImages::kDrop), ErrorKind::kData, "token 1 of row 0", "not consecutive");
}

}  // namespace
}  // namespace llama32med
