#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/models/model_cost.h"

namespace llama32med {
namespace {

double encoder_operations(std::int64_t tiles, const BackboneOptions& options = {}) {
  const auto outline = read_outline(find_preset("test", "11b").preset.config(128256), "11b");
  return outline->cost({.options = options, .tiles = tiles}).encoder.all();
}

// 40 layers with 4 (1601 real rows + 1 fill row), hidden_size 1280, intermediate_size 5120; the last layer computes
// only the real rows.
TEST(ModelCost, EncoderOfTheReleasedModelByHand) {
  const double rows = 4 * 1602, real = 4 * 1601, width = 1280, inner = 5120;
  const double projections = 8 * rows * width * width, mlp = 4 * rows * width * inner;
  const double attention = 4 * width * (real * rows + 4 * real);
  const double last = 4 * (rows + real) * width * width + 4 * real * width * inner + 4 * width * real * rows;
  const double patches = 2 * 4 * 1600.0 * 588 * width;
  EXPECT_DOUBLE_EQ(encoder_operations(4), 39 * (projections + mlp + attention) + last + patches);
}

TEST(ModelCost, PaddedTilesAreCountedOnce) {
  const double one = encoder_operations(1), two = encoder_operations(2), four = encoder_operations(4);
  EXPECT_LT(one, two);
  EXPECT_LT(two, four);
  const BackboneOptions dense{.tower = Tower::kDense};
  EXPECT_GT(encoder_operations(1, dense), 1.5 * one);
  EXPECT_NEAR(encoder_operations(4, dense) / four, 1, 0.02);             // fill rows
  EXPECT_GT(encoder_operations(1, {.semantics = Semantics::kHf}), one);  // the padded tile is part of the result
}

}  // namespace
}  // namespace llama32med
