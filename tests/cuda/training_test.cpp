// A few steps of every way to train give the same losses and the same tensors on GPU and CPU, in fp32.
#include <gtest/gtest.h>

#include "cuda_model.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/train/feature_cache.h"
#include "llama32med/train/trainer.h"
#include "support/temp_folder.h"
#include "support/tiny_task.h"

namespace llama32med::test {
namespace {

struct Way {
  std::string name;
  TuneConfig tune = {};
  QuantizeConfig quantize = {};
  BackboneOptions options = {};
  OptimizerStates states = OptimizerStates::kFp32;
  FeatureCacheKind cache = FeatureCacheKind::kOff;
};

std::vector<Way> ways() {
  constexpr auto kAgain = Activations::kRecompute;
  TuneConfig dora, one_projection;
  dora.dora = true;
  one_projection.target_modules = std::vector<std::string>{"q_proj", "up_proj"};  // some of a group
  TuneConfig full, full_projector, text_alone;
  for (auto* part : {&full.vision, &full.projector, &full.text}) part->train = PartTraining::kFull;
  full_projector.projector.train = PartTraining::kFull;
  text_alone.vision.train = text_alone.projector.train = PartTraining::kFrozen;
  return {{.name = "LoRA"},
          {.name = "LoRA, some projections", .tune = one_projection},
          {.name = "QLoRA", .quantize = {.weights = Quantize::kNf4}},
          {.name = "DoRA", .tune = dora},
          {.name = "recomputed", .options = {.vision_activations = kAgain, .text_activations = kAgain}},
          {.name = "8-bit states", .states = OptimizerStates::k8bit},
          {.name = "hf", .options = {.semantics = Semantics::kHf}},
          {.name = "dense tower", .options = {.tower = Tower::kDense}},
          {.name = "full", .tune = full},
          {.name = "projector in full", .tune = full_projector},
          {.name = "features in memory", .tune = text_alone, .cache = FeatureCacheKind::kMemory},
          {.name = "features on disk", .tune = text_alone, .cache = FeatureCacheKind::kDisk}};
}

class Training {
 public:
  Training(const Way& way, const at::Device& device) {
    const auto folder = golden("tiny/model");
    const auto& names = model_names(folder);
    const AdapterChooser chooser(
        {.tune = &way.tune, .names = &names, .storage = storage_choice(way.quantize, names), .seed = 3});
    model_ = load_backbone(folder, way.options, at::device(device).dtype(at::kFloat), &chooser);
    for (const auto& parameter : model_->parameters().all()) {
      const bool full = way.tune.part(names.part_of(parameter.name)).train == PartTraining::kFull;
      if (full || parameter.kind == ParameterKind::kAdapter)
        trained_.push_back({parameter.name, parameter.value, full ? 1e-4 : 1e-2, 0.01});
    }
    features_ = std::make_unique<FeatureCache>(FeatureCacheConfig{.kind = way.cache, .folder = folder_.path()}, "key");
    TrainConfig config;
    config.optimizer.states = way.states;
    config.schedule.warmup_ratio = 0;
    trainer_ = std::make_unique<Trainer>(
        *model_, config,
        TrainerSetup{.trained = trained_,
                     .scaling = task_.encoder.images().scaling(),
                     .total_steps = 10,
                     .features = way.cache == FeatureCacheKind::kOff ? nullptr : features_.get()});
  }

  StepReport step(std::int64_t number) { return trainer_->step(batch(), number); }
  double validation_loss() const { return trainer_->loss(batch()).sum.item<double>(); }
  const std::vector<TrainedTensor>& trained() const { return trained_; }

 private:
  TrainingStep batch() const { return load_step(records_, {0, 2, 1, 3}, task_.encoder, 256); }

  TempFolder folder_;
  std::unique_ptr<FeatureCache> features_;
  TinyEncoder task_;
  std::vector<Record> records_ = tiny_records();
  std::unique_ptr<Backbone> model_;
  std::vector<TrainedTensor> trained_;
  std::unique_ptr<Trainer> trainer_;
};

TEST_F(Cuda, TrainingGivesTheSameLossesAndTensors) {
  for (const auto& way : ways()) {
    Training cpu(way, at::kCPU), cuda(way, gpu());
    for (std::int64_t number = 0; number < 2; ++number) {
      const auto expected = cpu.step(number), report = cuda.step(number);
      ASSERT_GT(expected.images, 0) << "the images of the tiny task were not found";
      EXPECT_NEAR(report.loss(), expected.loss(), kLoss32.absolute) << way.name << " step " << number;
      EXPECT_NEAR(report.gradient_norm, expected.gradient_norm, 1e-3 * expected.gradient_norm) << way.name;
    }
    const double expected = cpu.validation_loss();
    EXPECT_NEAR(cuda.validation_loss(), expected, kLoss32.absolute * expected) << way.name << ": validation";
    EXPECT_NEAR(cuda.step(2).loss(), cpu.step(2).loss(), kLoss32.absolute) << way.name << " after validation";
  }
}

// The devices draw other numbers, so only one device can be compared with itself.
TEST_F(Cuda, DropoutIsRepeatedWhenActivationsAreRecomputed) {
  Way kept{.name = "dropout"};
  kept.tune.dropout = 0.2;
  auto again = kept;
  again.options.vision_activations = again.options.text_activations = Activations::kRecompute;
  Training keeping(kept, gpu()), recomputing(again, gpu());
  for (std::int64_t number = 0; number < 2; ++number) {
    const auto expected = keeping.step(number), report = recomputing.step(number);
    EXPECT_NEAR(report.loss(), expected.loss(), kLoss32.absolute) << "step " << number;
    EXPECT_NEAR(report.gradient_norm, expected.gradient_norm, 1e-4 * expected.gradient_norm) << "step " << number;
  }
}

}  // namespace
}  // namespace llama32med::test
