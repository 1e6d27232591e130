#include <gtest/gtest.h>

#include "llama32med/batch/batch.h"
#include "llama32med/core/config_json.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

constexpr std::int64_t kImage = 9;

// Golden: for each image the first and one-past-last row that sees it.
TEST(Segments, WhoSeesWhatEqualsTheReferenceMasks) {
  const auto golden = read_json(test::golden("tiny/masks.json"));
  int compared = 0;
  for (const auto& sequence : golden.at("values").at("sequences")) {
    std::vector<std::int64_t> ids(sequence.at("length").get<std::size_t>(), 1);
    for (const auto& position : sequence.at("image_positions")) ids[position.get<std::size_t>()] = kImage;
    const auto rows = sequence.at("alone").value("rows", Json::array());
    const auto segments = segments_of_row(ids, kImage, 0, 0);
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

TEST(Segments, AnAdjacentImageJoinsTheOneBefore) {
  const auto segments = segments_of_row({1, kImage, kImage, 1, 1, kImage, 1}, kImage, 3, 10);
  EXPECT_EQ(segments, (std::vector<Segment>{{3, 1, 2, {10, 1}}, {3, 2, 5, {10, 2}}, {3, 5, 7, {12, 1}}}));
}

TEST(Segments, WithoutImagesThereAreNone) { EXPECT_TRUE(segments_of_row({1, 2, 3}, kImage, 0, 0).empty()); }

}  // namespace
}  // namespace llama32med
