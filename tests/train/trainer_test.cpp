#include "llama32med/train/trainer.h"

#include <gtest/gtest.h>

#include <limits>

#include "llama32med/train/feature_cache.h"
#include "support/temp_folder.h"
#include "support/tiny_task.h"

namespace llama32med {
namespace {

// The golden tiny model; its projector and two MLPs are trained on the questions of two steps.
struct Training {
  explicit Training(const TrainConfig& config, FeatureCache* features = nullptr)
      : model(load_backbone(test::golden("tiny/model"), {}, at::device(at::kCPU).dtype(at::kFloat))),
        trainer(*model, config,
                {.trained = trained(),
                 .scaling = task.encoder.images().scaling(),
                 .total_steps = 4,
                 .features = features}) {}

  std::vector<TrainedTensor> trained() const {
    std::vector<TrainedTensor> tensors;
    for (const auto& parameter : model->parameters().all())
      if (parameter.name.starts_with("multi_modal_projector") ||
          parameter.name.starts_with("language_model.model.layers.2.mlp."))
        tensors.push_back({parameter.name, parameter.value, 1e-2, 0.01});
    return tensors;
  }
  TrainingStep batch(const RecordIndices& indices) const { return load_step(records, indices, task.encoder, 256); }
  StepReport step(std::int64_t number) { return trainer.step(batch(number % 2 == 0 ? kFirst : kSecond), number); }

  static inline const RecordIndices kFirst = {0, 2, 1}, kSecond = {3, 4, 0};
  test::TinyEncoder task;
  std::vector<Record> records = test::tiny_records();
  std::unique_ptr<Backbone> model;
  Trainer trainer;
};

TrainConfig config_of_passes(std::int64_t images, std::int64_t questions) {
  TrainConfig config;
  config.images_per_pass = images, config.questions_per_pass = questions;
  config.schedule.warmup_ratio = 0;
  return config;
}

void expect_same_tensors(const Training& a, const Training& b) {
  const auto ours = a.trained(), theirs = b.trained();
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_TRUE(ours[i].value.equal(theirs[i].value)) << ours[i].name;
}

TEST(Trainer, AStepIsTheSameAfterSaveAndLoad) {
  const test::TempFolder folder;
  const auto config = config_of_passes(1, 2);
  Training whole(config), resumed(config);
  whole.step(0);
  whole.trainer.save(folder.path(), {});
  const auto expected = whole.step(1);
  resumed.trainer.load(folder.path());
  const auto report = resumed.step(1);
  EXPECT_EQ(report.loss_sum, expected.loss_sum);
  EXPECT_EQ(report.gradient_norm, expected.gradient_norm);
  expect_same_tensors(resumed, whole);
}

TEST(Trainer, AStepReportsTheLossBeforeIt) {
  Training training(config_of_passes(2, 16));
  const auto before = training.trainer.loss(training.batch(Training::kFirst));
  const auto report = training.step(0);
  EXPECT_EQ(report.tokens, before.count);
  EXPECT_EQ(report.questions, 3);
  EXPECT_EQ(report.images, 2);
  EXPECT_NEAR(report.loss_sum, before.sum.item<double>(), 1e-4 * report.loss_sum);
  EXPECT_LT(training.trainer.loss(training.batch(Training::kFirst)).sum.item<double>(), report.loss_sum);
}

TEST(Trainer, PassesChangeMemoryUseNotTheGradient) {
  const auto whole = Training(config_of_passes(8, 16)).step(0);
  for (const auto& [images, questions] : {std::pair{1, 1}, {1, 16}, {2, 1}}) {
    const auto report = Training(config_of_passes(images, questions)).step(0);
    EXPECT_NEAR(report.gradient_norm, whole.gradient_norm, 1e-4 * whole.gradient_norm) << images << " " << questions;
    EXPECT_NEAR(report.loss_sum, whole.loss_sum, 1e-5 * whole.loss_sum) << images << " " << questions;
  }
}

// A resumed run starts with an empty cache and must end with the same bits as an uninterrupted one.
TEST(Trainer, ALostFeatureCacheChangesNoBit) {
  const FeatureCacheConfig memory{.kind = FeatureCacheKind::kMemory};
  FeatureCache kept(memory, "key"), lost(memory, "key"), empty(memory, "key");
  const auto config = config_of_passes(8, 16);
  Training whole(config, &kept), before(config, &lost), after(config, &empty);
  for (const std::int64_t number : {0, 1}) whole.step(number);
  EXPECT_GT(kept.hits(), 0);
  const test::TempFolder folder;
  before.step(0);
  before.trainer.save(folder.path(), {});
  after.trainer.load(folder.path());
  after.step(1);
  EXPECT_EQ(empty.hits(), 0);
  expect_same_tensors(after, whole);
}

TEST(Trainer, ANonfiniteStepChangesNothing) {
  Training training(config_of_passes(1, 16)), untouched(config_of_passes(1, 16));
  for (auto* one : {&training, &untouched})
    for (const auto& parameter : one->model->parameters().all())
      if (parameter.name == "language_model.model.norm.weight")
        parameter.value.detach().fill_(std::numeric_limits<float>::infinity());
  const auto report = training.step(0);
  EXPECT_NE(report.nonfinite.find("the loss is"), std::string::npos) << report.nonfinite;
  expect_same_tensors(training, untouched);
}

}  // namespace
}  // namespace llama32med
