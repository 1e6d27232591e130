// Training settings of a stage.
#pragma once
#include <array>
#include <cstdint>

#include "llama32med/core/config_fields.h"
#include "llama32med/data/loader.h"
#include "llama32med/train/adamw.h"
#include "llama32med/train/feature_cache.h"
#include "llama32med/train/schedule.h"

namespace llama32med {

enum class NonFinite {
  kStop,  // the run stops before the update and names the records
  kSkip   // the step is skipped and counted
};
constexpr auto names_of(NonFinite) {
  return std::array{Named{"stop", NonFinite::kStop}, Named{"skip", NonFinite::kSkip}};
}

struct TrainConfig {
  std::int64_t epochs = 3;
  std::int64_t max_steps = 0;
  LoaderConfig loader;
  double learning_rate = 2e-4;
  double weight_decay = 0.01;
  ScheduleConfig schedule;
  double max_gradient_norm = 1.0;
  AdamWConfig optimizer;
  std::int64_t questions_per_pass = 16;
  std::int64_t images_per_pass = 1;
  FeatureCacheConfig feature_cache;
  NonFinite on_nonfinite = NonFinite::kStop;
  std::int64_t save_every = 100;
  std::int64_t keep_last = 2;
  std::int64_t seed = 0;

  static void describe(auto& c, auto&& field) {
    field("epochs", c.epochs, "number of passes over the training data", InRange{1, 1e6});
    field("max_steps", c.max_steps, "stop after N optimizer steps; 0: after all epochs", InRange{0, 1e9});
    LoaderConfig::describe(c.loader, field);
    field("learning_rate", c.learning_rate, "peak learning rate", InRange{0, 10});
    field("weight_decay", c.weight_decay, "decoupled weight decay; not applied to biases, norms and gates",
          InRange{0, 10});
    field("schedule", c.schedule, "learning rate schedule");
    field("max_gradient_norm", c.max_gradient_norm, "clip the gradient to this norm; 0: no clipping", InRange{0, 1e6});
    field("optimizer", c.optimizer, "AdamW optimizer");
    field("questions_per_pass", c.questions_per_pass,
          "questions of one image per pass through the text decoder: changes memory use, not the gradient",
          InRange{1, 1e6});
    field("images_per_pass", c.images_per_pass,
          "images per pass through the vision encoder: changes memory use, not the gradient", InRange{1, 1e6});
    field("feature_cache", c.feature_cache, "cache of image features, for stages that do not train the vision encoder");
    field("on_nonfinite", c.on_nonfinite, "on a non-finite loss or gradient: stop the run, or skip the step");
    field("save_every", c.save_every, "steps between saved states; 0: only at the end of each epoch", InRange{0, 1e9},
          Effort{});
    field("keep_last", c.keep_last, "number of saved states to keep", InRange{1, 1000}, Effort{});
    field("seed", c.seed, "seed of record order, adapter initialization and dropout");
  }
};

}  // namespace llama32med
