// The deduplicated tower is exact: computing equal rows once, weighted by their count, gives the same values and
// gradients in fp64 as computing all rows under the mask.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/models/backbone_kind.h"
#include "support/test_data.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

std::unique_ptr<Backbone> model_with(Tower tower, Semantics semantics) {
  const auto file = test::golden("tiny/model/config.json");
  const auto json = read_json(file);
  const auto outline = read_outline(json, file.string());
  return outline->build(*outline->random_weights({.seed = 77}), {semantics, VisionFeatures::kInput, tower},
                        at::device(at::kCPU).dtype(at::kDouble), nullptr);
}

// An image with 1 to 4 tiles; the aspect ratio ids of 1x1, 1x2, 1x3, 1x4.
ImageInput image_of(std::int64_t tiles) {
  at::manual_seed(static_cast<std::uint64_t>(tiles));
  return {at::randn({tiles, 3, 56, 56}, at::kDouble), tiles};
}

class Deduplication : public testing::TestWithParam<std::int64_t> {};

TEST_P(Deduplication, ValuesEqualTheDenseTower) {
  const at::NoGradGuard no_grad;
  for (const auto semantics : {Semantics::kMeta, Semantics::kHf}) {
    const auto fast = model_with(Tower::kDeduplicated, semantics), dense = model_with(Tower::kDense, semantics);
    const auto ours = fast->image_states(fast->vision_features({image_of(GetParam())}))[0];
    const auto reference = dense->image_states(dense->vision_features({image_of(GetParam())}))[0];
    test::expect_close("real tiles", ours.values.narrow(0, 0, GetParam()), reference.values.narrow(0, 0, GetParam()),
                       test::kLaws64);
    for (auto tile = GetParam(); tile < 4 && semantics == Semantics::kHf; ++tile)  // all padded tiles are equal
      test::expect_close("padded tile", ours.values.select(0, GetParam()), reference.values.select(0, tile),
                         test::kLaws64);
  }
}

TEST_P(Deduplication, GradientsEqualTheDenseTower) {
  std::vector<std::vector<Parameter>> parameters;
  std::vector<std::unique_ptr<Backbone>> models;
  at::manual_seed(5);
  const auto weight = at::randn({GetParam(), 17, 48}, at::kDouble);  // weights of the sum whose gradient is taken
  for (const auto tower : {Tower::kDeduplicated, Tower::kDense}) {
    models.push_back(model_with(tower, Semantics::kMeta));
    auto& model = *models.back();
    model.parameters().require_gradients();
    const auto states = model.image_states(model.vision_features({image_of(GetParam())}))[0];
    (states.values.narrow(0, 0, GetParam()) * weight).sum().backward();
    parameters.push_back(model.parameters().all());
  }
  int compared = 0;
  for (std::size_t i = 0; i < parameters[0].size(); ++i) {
    const auto &ours = parameters[0][i].value.grad(), &reference = parameters[1][i].value.grad();
    ASSERT_EQ(ours.defined(), reference.defined()) << parameters[0][i].name;
    if (!ours.defined()) continue;
    test::expect_close(parameters[0][i].name, ours, reference, test::Tolerance{1e-10, 1e-10});
    ++compared;
  }
  EXPECT_GT(compared, 70);
}

INSTANTIATE_TEST_SUITE_P(Tiles, Deduplication, testing::Values(1, 2, 3, 4));

TEST(Deduplication, AnImageDoesNotDependOnItsBatch) {
  const at::NoGradGuard no_grad;
  const auto model = model_with(Tower::kDeduplicated, Semantics::kMeta);
  const auto together = model->vision_features({image_of(2), image_of(1), image_of(4), image_of(2), image_of(1)});
  const std::int64_t tiles[] = {2, 1, 4, 2, 1};
  for (std::size_t i = 0; i < 5; ++i)
    test::expect_close("image", together[i].values, model->vision_features({image_of(tiles[i])})[0].values,
                       test::kLaws64);
}

}  // namespace
}  // namespace llama32med
