// A model with the depth of the released 11B (40 text layers, 32 + 8 vision layers) and small widths, with random
// weights: as many launches as the released one, in a few seconds on a CPU. And the inputs of its phases.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "llama32med/batch/collator.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/data/loader.h"
#include "llama32med/generate/generator.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/nn/linear_chooser.h"

namespace llama32med::test {

struct DeepModel {
  std::shared_ptr<const ModelOutline> outline;
  PixelScaling scaling;
  std::int64_t tile = 0;  // pixels

  DeepModel();
  explicit DeepModel(const Json& config);
  std::unique_ptr<Backbone> build(const at::TensorOptions& target, const BackboneOptions& options = {},
                                  const LinearChooser* linears = nullptr) const;
  ProcessedImage picture(std::int64_t tiles) const;  // 1, 2 or 4
  ImageBatch images(std::int64_t count, std::int64_t tiles) const;
};

// Less deep, and wider: with the ratios of the released model's widths, so that nothing small decides how much memory a
// step takes.
Json wide_config();

// `length` ids, the image first; `shared` of them are the same in all questions.
std::vector<std::int64_t> question(std::int64_t length, std::int64_t shared, std::int64_t number,
                                   const ModelFacts& facts);
// `count` questions of 50 to 60 tokens, spread evenly over the images.
std::vector<Prompt> questions(std::int64_t count, std::int64_t images, const ModelFacts& facts);

// One image with questions of these lengths in tokens, each with an answer of 6.
TrainingStep training_step(const DeepModel& deep, const std::vector<std::int64_t>& lengths, const ModelFacts& facts,
                           const Record& record);
// The same with `questions` questions of 60 tokens and more.
TrainingStep training_step(const DeepModel& deep, std::int64_t questions, const ModelFacts& facts,
                           const Record& record);

}  // namespace llama32med::test
