#include "llama32med/report/train_overlap.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "report/scored_items.h"

namespace llama32med::test {
namespace {

TEST(TrainOverlap, FlagsAndConflictGroups) {
  auto seen = record_of("a", "What is it?", "Lung"), asked_again = record_of("b", "what is it? ", "heart");
  auto train = seen;
  train.id = "t";
  asked_again.image_id = seen.image_id;
  const auto overlaps = train_overlaps({train}, {seen, asked_again});
  EXPECT_TRUE(overlaps.at("a").triple_in_train);
  EXPECT_TRUE(overlaps.at("b").image_question_in_train);
  EXPECT_FALSE(overlaps.at("b").triple_in_train);
  EXPECT_FALSE(overlaps.at("b").reference_in_train);
  const auto groups = conflict_groups({record_of("z", "What is it?", "Lung"), seen, asked_again});
  EXPECT_EQ(groups, (std::map<std::string, std::int64_t>{{"a", 0}, {"b", 0}}));
  EXPECT_TRUE(train_overlap_json(overlaps.at("a"), std::nullopt)["conflict_group"].is_null());
}

}  // namespace
}  // namespace llama32med::test
