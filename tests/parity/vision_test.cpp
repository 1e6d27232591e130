// The vision tower and the projector, for every aspect ratio, stage by stage.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "llama32med/weights/checkpoint.h"
#include "parity_model.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

struct Picture {
  std::string name;
  std::int64_t high, wide, id;
};
const std::vector<Picture> kPictures = {{"1x1", 1, 1, 1}, {"1x2", 1, 2, 2}, {"1x3", 1, 3, 3}, {"1x4", 1, 4, 4},
                                        {"2x1", 2, 1, 5}, {"2x2", 2, 2, 6}, {"3x1", 3, 1, 7}, {"4x1", 4, 1, 8}};

ImageInput tiles_of(const Golden& vision, const Picture& picture) {
  return {vision["pixels/" + std::to_string(picture.high * picture.wide)], picture.id};
}

class VisionParity : public testing::TestWithParam<Tower> {};

TEST_P(VisionParity, OutputAndStatesEqualTheReference) {
  const at::NoGradGuard no_grad;
  const Golden vision("vision");
  const auto model = tiny_model({Semantics::kMeta, VisionFeatures::kInput, GetParam()});
  for (const auto& picture : kPictures) {
    const auto features = model->vision_features({tiles_of(vision, picture)});
    const auto real = features[0].real_tiles;
    ASSERT_EQ(real, picture.high * picture.wide);
    expect_close(picture.name, features[0].values.narrow(0, 0, real),
                 vision[picture.name + "/output"].narrow(0, 0, real), kStates32);
    if (!vision.has(picture.name + "/states")) continue;
    const auto states = model->image_states(features);
    expect_close(picture.name + " states", states[0].values.narrow(0, 0, real),
                 vision[picture.name + "/states"].narrow(0, 0, real), kStates32);
  }
}

TEST_P(VisionParity, KeptPaddedTilesEqualTheReference) {
  const at::NoGradGuard no_grad;
  const Golden vision("vision");
  const auto model = tiny_model({Semantics::kHf, VisionFeatures::kInput, GetParam()});
  for (const auto& picture : kPictures) {
    const auto features = model->vision_features({tiles_of(vision, picture)});
    const auto kept = features[0].values.size(0);
    expect_close(picture.name, features[0].values, vision[picture.name + "/output"].narrow(0, 0, kept), kStates32);
    EXPECT_EQ(features[0].real_tiles + (kept - features[0].real_tiles) * features[0].padded_copies, 4) << picture.name;
  }
}

TEST_P(VisionParity, OutputOfIntermediateLayersEqualsNewerTransformers) {
  const at::NoGradGuard no_grad;
  const Golden vision("vision");
  const auto model = tiny_model({Semantics::kHf, VisionFeatures::kOutput, GetParam()});
  const auto features = model->vision_features({tiles_of(vision, kPictures[2])});
  expect_close("1x3", features[0].values.narrow(0, 0, 3), vision["1x3/output.hf456"].narrow(0, 0, 3), kStates32);
}

INSTANTIATE_TEST_SUITE_P(Towers, VisionParity, testing::Values(Tower::kDeduplicated, Tower::kDense),
                         [](const auto& info) { return enum_name(info.param); });

TEST(VisionStages, EveryStageOfTheDenseTowerEqualsTheReference) {
  const at::NoGradGuard no_grad;
  const Golden vision("vision");
  const auto model = tiny_model({Semantics::kMeta, VisionFeatures::kInput, Tower::kDense});
  std::map<std::string, at::Tensor> seen;
  dynamic_cast<const mllama::Mllama&>(*model).vision()(
      {tiles_of(vision, kPictures[2])},
      [&](std::string_view name, const at::Tensor& state) { seen[std::string(name)] = state; });
  int compared = 0;
  for (const auto& key : vision.names()) {
    const std::string prefix = "1x3/stage/";
    if (key.rfind(prefix, 0) != 0) continue;
    const auto stage = key.substr(prefix.size());
    ASSERT_TRUE(seen.contains(stage)) << stage;
    auto reference = vision[key];
    if (stage == "patch_embedding") reference = reference.narrow(0, 0, 3);  // we skip the black tile
    expect_close(stage, seen[stage].reshape(reference.sizes()), reference, kStates32);
    ++compared;
  }
  EXPECT_EQ(compared, 11);
}

TEST(VisionFallback, NonzeroPaddedSlotsUseTheDenseTower) {
  const at::NoGradGuard no_grad;
  const Golden vision("vision"), slack("slack");
  class Overlay final : public WeightSource {  // the tiny checkpoint with replaced tile tables
   public:
    explicit Overlay(const Golden& top) : top_(top) {}
    bool has(const std::string& name) const override { return base_.has(name); }
    TensorInfo info(const std::string& name) const override { return base_.info(name); }
    at::Tensor read(const std::string& name, const at::TensorOptions& target) const override {
      return top_.has(name) ? top_[name].to(target) : base_.read(name, target);
    }
    std::vector<std::string> names() const override { return base_.names(); }
    std::string where() const override { return "overlay"; }

   private:
    const Golden& top_;
    Checkpoint base_{golden("tiny/model")};
  };
  const auto config = read_json(golden("tiny/model/config.json"));
  const auto model = load_backbone({config, "config.json", Overlay(slack)}, {}, at::device(at::kCPU).dtype(at::kFloat));
  ASSERT_EQ(model->notices().size(), 1u);
  for (const auto& picture : {kPictures[0], kPictures[1]}) {
    const auto features = model->vision_features({tiles_of(vision, picture)});
    expect_close(picture.name, features[0].values, slack[picture.name + "/output"], kStates32);
  }
  const Golden logits("logits");
  for (const std::string name : {"text_before_image", "mixed_batch"}) {
    const auto inputs = case_inputs(logits, name);
    const auto batch = batch_of(inputs, *model, Semantics::kMeta);
    const auto ours = model->logits(forward(*model, batch)) * inputs.attention_mask.unsqueeze(-1);
    expect_close(name, ours, slack[name + "/logits.meta"], kStates32);
  }
}

}  // namespace
}  // namespace llama32med::test
