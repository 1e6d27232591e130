// What a stage runs: the model being tuned, the encoder of its records, the cache of image features, and the trainer.
#pragma once
#include <memory>

#include "app/common/load.h"
#include "app/train/stage_inputs.h"
#include "llama32med/train/feature_cache.h"
#include "llama32med/train/trainer.h"

namespace llama32med {

struct StageMachine {
  TunedModel tuned;
  LoadedEncoder encoder;
  std::unique_ptr<FeatureCache> features;  // null: no cache
  std::unique_ptr<Trainer> trainer;

  std::int64_t trained_parameters() const;
};

StageMachine load_stage_machine(const StageInputs& inputs);

}  // namespace llama32med
