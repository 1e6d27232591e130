// How a stage is trained.
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
  kSkip   // the step is left out and counted
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
    field("epochs", c.epochs, "how often every record is seen", InRange{1, 1e6});
    field("max_steps", c.max_steps, "end after so many steps; 0: after all epochs", InRange{0, 1e9});
    LoaderConfig::describe(c.loader, field);
    field("learning_rate", c.learning_rate, "at the top of the schedule", InRange{0, 10});
    field("weight_decay", c.weight_decay, "decoupled; not of biases, norms and gates", InRange{0, 10});
    field("schedule", c.schedule, "of the learning rate");
    field("max_gradient_norm", c.max_gradient_norm, "a longer gradient is scaled down to it; 0: never",
          InRange{0, 1e6});
    field("optimizer", c.optimizer, "AdamW");
    field("questions_per_pass", c.questions_per_pass,
          "of an image through the text decoder together: decides memory, "
          "not the gradient",
          InRange{1, 1e6});
    field("images_per_pass", c.images_per_pass, "through the vision encoder together: decides memory, not the gradient",
          InRange{1, 1e6});
    field("feature_cache", c.feature_cache, "of image features, where nothing beneath them is trained");
    field("on_nonfinite", c.on_nonfinite, "a loss or gradient that is no number: stop, or skip the step");
    field("save_every", c.save_every, "steps from one saved state to the next; 0: at the end of epochs alone",
          InRange{0, 1e9}, Effort{});
    field("keep_last", c.keep_last, "saved states", InRange{1, 1000}, Effort{});
    field("seed", c.seed, "of the order, fresh adapters and dropout");
  }
};

}  // namespace llama32med
