#include <gtest/gtest.h>

#include "llama32med/batch/batch.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

constexpr std::int64_t kImage = 9;
using Counts = std::vector<std::int64_t>;

TEST(ImageSpans, OneTokenPerImage) {
  const auto spans = image_spans({1, kImage, kImage, 1, 1, kImage, 1}, kImage, 3, {10, 3}, Counts(13, 1));
  EXPECT_EQ(spans, (std::vector<ImageSpan>{{3, 1, 1, 10}, {3, 2, 1, 11}, {3, 5, 1, 12}}));
}

TEST(ImageSpans, ImagesMayHaveDifferentNumbersOfTokens) {
  const auto spans = image_spans({kImage, kImage, kImage, 1, kImage, kImage, 2}, kImage, 0, {1, 3}, Counts{8, 2, 1, 2});
  EXPECT_EQ(spans, (std::vector<ImageSpan>{{0, 0, 2, 1}, {0, 2, 1, 2}, {0, 4, 2, 3}}));
}

TEST(ImageSpans, ATruncatedTextMayContainFewerImages) {
  EXPECT_TRUE(image_spans({1, 2, 3}, kImage, 0, {0, 2}, Counts{1, 1}).empty());
}

TEST(ImageSpans, AnIncompleteImageIsRejected) {
  EXPECT_ERROR(image_spans({kImage, kImage, 1, kImage}, kImage, 0, {0, 1}, Counts{3}), ErrorKind::kData, "has 3 tokens",
               "2 image tokens");
  EXPECT_ERROR(image_spans({1, kImage}, kImage, 0, {0, 1}, Counts{2}), ErrorKind::kData, "has 2 tokens");
  EXPECT_ERROR(image_spans({kImage, kImage}, kImage, 0, {0, 1}, Counts{1}), ErrorKind::kData,
               "more image tokens than its 1 images");
}

}  // namespace
}  // namespace llama32med
