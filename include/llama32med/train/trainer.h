// The optimizer steps of any training stage.
//
// The images of a step go through the vision encoder `images_per_pass` at a time, their questions through the text
// decoder `questions_per_pass` at a time (two_phase.h). The loss is the mean over all labeled tokens of the step,
// however the step is divided. A step depends only on its number, its records and the state before it: dropout is
// seeded by the run's seed and the step.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/batch/collator.h"
#include "llama32med/data/loader.h"
#include "llama32med/models/backbone.h"
#include "llama32med/train/loss.h"
#include "llama32med/train/train_config.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {

// The files of a saved trainer.
inline constexpr const char* kTrainedFile = "trained.safetensors";
inline constexpr const char* kOptimizerFile = "optimizer.safetensors";

struct StepReport {
  double loss_sum = 0;
  std::int64_t tokens = 0;  // labeled tokens
  std::int64_t questions = 0, images = 0;
  double gradient_norm = 0;  // before clipping
  double learning_rate = 0;  // the stage's rate; parts may have their own
  std::string nonfinite;     // what was non-finite; the step then changed nothing

  double loss() const { return tokens > 0 ? loss_sum / static_cast<double>(tokens) : 0; }
};

struct TrainerSetup {
  std::vector<TrainedTensor> trained;  // tensors of the model to be trained; the others are frozen
  PixelScaling scaling;                // as in the image processor
  std::int64_t total_steps = 0;        // length of the schedule
  std::uint64_t seed = 0;
  FeatureCache* features = nullptr;  // null: no cache
};

class Trainer {
 public:
  // Turns gradients on for `setup.trained` and off for all other tensors.
  Trainer(Backbone& model, const TrainConfig& config, TrainerSetup setup);

  StepReport step(const TrainingStep& batch, std::int64_t number);  // number: from 0
  LossSum loss(const TrainingStep& batch) const;                    // without gradients

  // Saves trained tensors and the optimizer's state as two safetensors files in an existing folder.
  // `metadata` goes into both files.
  void save(const std::filesystem::path& folder, const Metadata& metadata) const;
  void load(const std::filesystem::path& folder);  // throws Error{kData} if they do not match

 private:
  struct Pass;  // images that go through the vision encoder together, and their rows
  std::vector<Pass> passes_of(const TrainingStep& batch) const;
  std::vector<ImageStates> vision_features(const ImageBatch& images) const;
  std::vector<ImageStates> encode(const TrainingStep& batch, const Pass& pass) const;
  std::vector<LabeledText> texts_of(const TrainingStep& batch, const Pass& pass) const;
  // Adds to the gradients; returns the loss summed over all labeled tokens, [] fp64 on the model's device.
  at::Tensor accumulate(const TrainingStep& batch, std::int64_t tokens) const;
  // Reads loss and gradient norm, once the whole step is queued, and updates the trained tensors.
  void update(std::int64_t number, const at::Tensor& loss_sum, StepReport& report);

  Backbone* model_;
  TrainConfig config_;
  TrainerSetup setup_;
  AdamW optimizer_;
};

}  // namespace llama32med
