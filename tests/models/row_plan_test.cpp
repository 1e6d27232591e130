#include "models/mllama/row_plan.h"

#include <gtest/gtest.h>

#include <cmath>

namespace llama32med::mllama {
namespace {

VisionConfig released() {
  VisionConfig c;
  c.image_size = 560, c.patch_size = 14, c.max_num_tiles = 4;
  return c;
}

RowPlan plan_of(const VisionConfig& c, std::int64_t real_tiles, Tower tower, Semantics semantics) {
  return make_row_plan(row_layout(c, real_tiles, tower, semantics), c.rows_per_tile(), at::kCPU);
}

TEST(RowPlan, CountsOfTheReleasedModel) {  // rows, and the rows they represent: 4 tiles of 1608
  const std::int64_t rows[] = {3204, 4806, 6408, 6408};
  for (std::int64_t n = 1; n <= 4; ++n) {
    const auto plan = plan_of(released(), n, Tower::kDeduplicated, Semantics::kMeta);
    EXPECT_EQ(plan.source.size(0), rows[n - 1]);
    EXPECT_NEAR(plan.log_copies.exp().sum().item<double>(), 6432, 1e-6) << n;
    EXPECT_EQ(plan.real_rows, n * 1601);
    EXPECT_EQ(plan.kept_rows.size(0), n * 1601);
    EXPECT_EQ(plan.last_rows, n * 1601);
    EXPECT_EQ(plan.padded_copies, 0);
  }
}

TEST(RowPlan, KeptPaddedTileComesAfterTheFillRows) {
  const auto plan = plan_of(released(), 2, Tower::kDeduplicated, Semantics::kHf);
  EXPECT_EQ(plan.kept_slots, 3);
  EXPECT_EQ(plan.padded_copies, 2);
  EXPECT_EQ(plan.kept_rows[2 * 1601].item<std::int64_t>(), 2 * 1601 + 2);
  EXPECT_EQ(plan.slot[plan.kept_rows[2 * 1601]].item<std::int64_t>(), 2);
}

TEST(RowPlan, TheDenseMaskOnlyHidesPaddingFromPadding) {
  auto c = released();
  c.image_size = 28;  // 5 rows per tile, 3 fill rows
  const auto plan = plan_of(c, 3, Tower::kDense, Semantics::kMeta);
  ASSERT_EQ(plan.mask.size(0), 32);
  const auto padding = [](std::int64_t row) { return row % 8 >= 5 || row >= 24; };
  for (std::int64_t i = 0; i < 32; ++i)
    for (std::int64_t j = 0; j < 32; ++j)
      EXPECT_EQ(std::isinf(plan.mask[i][j].item<double>()), padding(i) && padding(j)) << i << " " << j;
}

TEST(RowPlan, WithoutFillRowsAndPaddedTilesThereAreNoCopies) {
  auto c = released();
  c.image_size = 14 * 3;  // 10 rows, 6 fill rows
  EXPECT_TRUE(plan_of(c, 4, Tower::kDeduplicated, Semantics::kMeta).log_copies.defined());
  EXPECT_EQ(c.fill_rows(), 6);
}

}  // namespace
}  // namespace llama32med::mllama
