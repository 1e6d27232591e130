// One optimizer step after another, for any stage.
//
// A step's pictures go through the vision side `images_per_pass` at a time; their questions through the text decoder
// `questions_per_pass` at a time (two_phase.h). The loss is the mean over all labeled tokens of the step, however it
// was divided. A step depends on its number, its records and the state before it alone: dropout draws from a stream
// named by seed and step.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/batch/collator.h"
#include "llama32med/data/loader.h"
#include "llama32med/models/backbone.h"
#include "llama32med/train/loss.h"
#include "llama32med/train/train_config.h"

namespace llama32med {

struct StepReport {
  double loss_sum = 0;
  std::int64_t tokens = 0;  // labeled
  std::int64_t questions = 0, images = 0;
  double gradient_norm = 0;  // before it was clipped
  double learning_rate = 0;  // the stage's, not of parts that have their own
  std::string nonfinite;     // what was no number: the step changed nothing

  double loss() const { return tokens > 0 ? loss_sum / static_cast<double>(tokens) : 0; }
};

struct TrainerSetup {
  std::vector<TrainedTensor> trained;  // of the model; all others stay
  PixelScaling scaling;                // of the image processor
  std::int64_t total_steps = 0;        // of the schedule
  std::uint64_t seed = 0;
  FeatureCache* features = nullptr;  // or null: none
};

class Trainer {
 public:
  // Turns gradients of `setup.trained` on and all others off.
  Trainer(Backbone& model, const TrainConfig& config, TrainerSetup setup);

  StepReport step(const TrainingStep& batch, std::int64_t number);  // from 0
  LossSum loss(const TrainingStep& batch) const;                    // without gradients

  // Trained tensors and the optimizer's state, as two safetensors files of a folder that exists.
  void save(const std::filesystem::path& folder) const;
  void load(const std::filesystem::path& folder);  // throws Error{kData} where they do not fit

 private:
  struct Pass;  // pictures that go through the vision side together, and their rows
  std::vector<Pass> passes_of(const TrainingStep& batch) const;
  std::vector<ImageStates> vision_features(const ImageBatch& images) const;
  std::vector<ImageStates> encode(const TrainingStep& batch, const Pass& pass) const;
  std::vector<LabeledText> texts_of(const TrainingStep& batch, const Pass& pass) const;
  void accumulate(const TrainingStep& batch, StepReport& report) const;
  void update(std::int64_t number, StepReport& report);

  Backbone* model_;
  TrainConfig config_;
  TrainerSetup setup_;
  AdamW optimizer_;
};

}  // namespace llama32med
