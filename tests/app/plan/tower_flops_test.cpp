#include "app/plan/tower_flops.h"

#include <gtest/gtest.h>

#include "llama32med/weights/init_folder.h"

namespace llama32med {
namespace {

ModelShape released() { return read_model_shape(preset_config(Preset::k11b, 128000), "preset"); }

// 40 layers of 4 (1601 real rows + 1 fill row), width 1280, inner width 5120; the last layer asks for the real rows
// alone.
TEST(TowerFlops, OfTheReleasedModelByHand) {
  const double rows = 4 * 1602, real = 4 * 1601, width = 1280, inner = 5120;
  const double projections = 8 * rows * width * width, mlp = 4 * rows * width * inner;
  const double attention = 4 * width * (real * rows + 4 * real);
  const double last = 4 * (rows + real) * width * width + 4 * real * width * inner + 4 * width * real * rows;
  const double patches = 2 * 4 * 1600.0 * 588 * width;
  EXPECT_DOUBLE_EQ(tower_flops(released(), 4, {}).all(), 39 * (projections + mlp + attention) + last + patches);
}

TEST(TowerFlops, OneRepresentativeOfPaddedTilesIsCounted) {
  const auto shape = released();
  const double one = tower_flops(shape, 1, {}).all(), two = tower_flops(shape, 2, {}).all(),
               four = tower_flops(shape, 4, {}).all();
  EXPECT_LT(one, two);
  EXPECT_LT(two, four);
  const BackboneOptions dense{.tower = Tower::kDense};
  EXPECT_GT(tower_flops(shape, 1, dense).all(), 1.5 * one);
  EXPECT_NEAR(tower_flops(shape, 4, dense).all() / four, 1, 0.02);             // fill rows
  EXPECT_GT(tower_flops(shape, 1, {.semantics = Semantics::kHf}).all(), one);  // the padded tile is part of the result
}

}  // namespace
}  // namespace llama32med
