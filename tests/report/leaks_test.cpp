#include "llama32med/report/leaks.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/image/png.h"
#include "report/scored_items.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

Leaks leaks_of(const std::vector<Record>& train, const std::vector<Record>& test, ImageLooks looks) {
  return find_leaks(train, test, train_overlaps(train, test), looks);
}

TEST(Leaks, CountsOfThePublishedSets) {
  if (!full_data("slake") || !full_data("vqa_rad")) GTEST_SKIP() << kNoFullData;
  const auto slake =
      leaks_of(records_of("slake", {"train", "validate"}), records_of("slake", {"test"}), ImageLooks::kIgnore);
  EXPECT_EQ(slake.test_images, 96);
  EXPECT_EQ(slake.images_by_id, 0);
  EXPECT_EQ(slake.questions, 1003);  // 94.5 %
  EXPECT_EQ(slake.test_records - slake.references, 2);
  EXPECT_EQ(slake.triples, 0);
  const auto test = records_of("vqa_rad", {"test"});
  const auto framed = leaks_of(records_of("vqa_rad", {"train-framed"}), test, ImageLooks::kIgnore);
  EXPECT_EQ(framed.images_by_id, 203);
  EXPECT_EQ(framed.questions, 86);  // 19.1 %
  EXPECT_EQ(framed.triples, 14);
  EXPECT_EQ(framed.test_records - framed.references, 47);
  EXPECT_EQ(leaks_of(records_of("vqa_rad", {"train"}), test, ImageLooks::kIgnore).triples, 1);
}

TEST(Leaks, AnImageThatTheMachineCannotReadIsNotTakenForABrokenOne) {
  const std::filesystem::path unreadable = "/proc/self/mem";  // EIO
  if (!is_file(unreadable)) GTEST_SKIP() << "no " << unreadable;
  const TempFolder folder;
  write_file(folder / "broken.png", "no pixels");
  const std::vector<Record> broken = {{.id = "1", .image_id = "broken.png", .image = folder / "broken.png"}};
  const std::vector<Record> refused = {{.id = "2", .image_id = "mem", .image = unreadable}};
  EXPECT_EQ(leaks_of(broken, broken, ImageLooks::kCompare).unreadable_images, 1);
  EXPECT_ERROR(leaks_of(refused, broken, ImageLooks::kCompare), ErrorKind::kResource, "/proc/self/mem");
}

TEST(Leaks, NearDuplicatesAndEqualContents) {
  const TempFolder folder;
  Picture picture{{64, 64}, 1, std::vector<std::uint8_t>(64 * 64)};
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) picture.pixels[y * 64 + x] = static_cast<std::uint8_t>(2 * x + (y > 30 ? 60 : 0));
  write_file(folder / "a.png", encode_png(picture));
  write_file(folder / "copy.png", encode_png(picture));
  for (auto& pixel : picture.pixels) pixel += 5;
  write_file(folder / "bright.png", encode_png(picture));
  write_file(folder / "broken.png", "no picture");
  const auto record = [&](const char* id) {
    auto made = record_of(id, "What?", "lung");
    made.image_id = id, made.image = folder / id;
    return made;
  };
  const std::vector<Record> train = {record("a.png")},
                            test = {record("copy.png"), record("bright.png"), record("broken.png")};
  const auto leaks = leaks_of(train, test, ImageLooks::kCompare);
  EXPECT_EQ(leaks.images_by_id, 0);
  EXPECT_EQ(leaks.images_by_contents, 1);
  EXPECT_EQ(leaks.unreadable_images, 1);
  ASSERT_EQ(leaks.near_duplicates.size(), 1u);
  EXPECT_EQ(leaks.near_duplicates[0].test_image, "bright.png");
  EXPECT_EQ(leaks_json(leaks, {})["near_duplicates"][0]["train_image"], "a.png");
}

TEST(Leaks, ScoresOnSeenAndUnseenItems) {
  const TestRun run({{"1", "a", "What?", "lung", "lung"}, {"2", "b", "Where?", "left", "right"}});
  const auto overlaps =
      train_overlaps({record_of("t", "what?", "heart")}, {run.scored()[0].item->record, run.scored()[1].item->record});
  const auto scores = leak_scores(run.scored(), run.estimator(), overlaps);
  EXPECT_EQ(scores[1].name, "question");
  EXPECT_EQ(scores[1].leaked.tally.sum, 1);
  EXPECT_EQ(scores[1].clean.tally.sum, 0);
  EXPECT_EQ(scores[0].leaked.tally.count, 0);
}

}  // namespace
}  // namespace llama32med::test
