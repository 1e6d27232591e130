#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "models/mllama/view_plan.h"
#include "support/test_data.h"

namespace llama32med::mllama {
namespace {

constexpr std::int64_t kImage = 9;

// Segments of rows whose tokens before `begin` are not in the batch; the images of row b are 10 b, 10 b + 1, ..
std::vector<Segment> segments_of_rows(const std::vector<std::vector<std::int64_t>>& rows, std::int64_t begin = 0) {
  TextBatch text;
  for (const auto& ids : rows) {
    const auto row = std::ssize(text.lengths);
    text.lengths.push_back(std::ssize(ids) - begin);
    for (auto span : image_spans(ids, kImage, row, {10 * row, 10}, std::vector<std::int64_t>(100, 1))) {
      span.begin -= begin;
      text.spans.push_back(span);
    }
  }
  return segments_of(text);
}

// Golden: for each image, the first token that attends to it and one past the last.
TEST(Segments, EqualTheReferenceMasks) {
  const auto golden = read_json(test::golden("tiny/masks.json"));
  int compared = 0;
  for (const auto& sequence : golden.at("values").at("sequences")) {
    std::vector<std::int64_t> ids(sequence.at("length").get<std::size_t>(), 1);
    for (const auto& position : sequence.at("image_positions")) ids[position.get<std::size_t>()] = kImage;
    const auto rows = sequence.at("alone").value("rows", Json::array());
    const auto segments = segments_of_rows({ids});
    for (std::size_t image = 0; image < rows.size(); ++image) {
      std::int64_t first = -1, end = -1;
      for (const auto& segment : segments) {
        const auto index = static_cast<std::int64_t>(image);
        if (index < segment.images.first || index >= segment.images.first + segment.images.count) continue;
        if (first < 0) first = segment.begin;
        end = segment.end;
      }
      EXPECT_EQ(Json(std::vector<std::int64_t>{first, end}), rows[image]) << sequence.dump();
      ++compared;
    }
  }
  EXPECT_GE(compared, 20);
}

TEST(Segments, AdjacentImagesAreSeenTogether) {
  const auto segments = segments_of_rows({{1, 1}, {1, kImage, kImage, 1, 1, kImage, 1}, {kImage, 1}});
  EXPECT_EQ(segments,
            (std::vector<Segment>{{1, 1, 2, {10, 1}}, {1, 2, 5, {10, 2}}, {1, 5, 7, {12, 1}}, {2, 0, 2, {20, 1}}}));
}

TEST(Segments, ImagesInTheCacheAreSeenByLaterTokens) {
  EXPECT_EQ(segments_of_rows({{1, kImage, kImage, 1, 1, kImage, 1}}, 4),
            (std::vector<Segment>{{0, 0, 1, {0, 2}}, {0, 1, 3, {2, 1}}}));
  EXPECT_EQ(segments_of_rows({{1, kImage, 1, 1}}, 3), (std::vector<Segment>{{0, 0, 1, {0, 1}}}));
}

TEST(Segments, WithoutImagesThereAreNone) { EXPECT_TRUE(segments_of_rows({{1, 2, 3}}).empty()); }

}  // namespace
}  // namespace llama32med::mllama
