// Cost of a training stage, before anything is loaded: memory line by line, floating-point operations per step, whether
// it fits, and which settings would make it fit.
//
// Computed from the model's config, that is the shapes of its tensors and the cost of a pass (model_cost.h), for the
// largest pass in the data. A test compares the result with the memory that a step actually uses.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/common/run_config.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/models/backbone_kind.h"

namespace llama32med {

// The largest step in the data.
struct StepSize {
  std::int64_t tiles = 1;         // per image; image tokens for models that put images into the text
  std::int64_t square_tiles = 1;  // the same with image.square_resize=512
  std::int64_t images = 1;        // per step
  std::int64_t questions = 1;     // per step
  std::int64_t rows = 1;          // per pass through the text decoder
  std::int64_t tokens = 1;        // in the longest row
  std::int64_t labels = 1;        // labeled tokens per pass
};

struct MemoryLine {
  std::string name, detail;
  double bytes = 0;
};

struct StagePlan {
  std::vector<MemoryLine> lines;  // at peak memory; they add up to `total`
  double total = 0;
  double vision_recomputed = 0, vision_kept = 0;  // activations, with and without recompute
  double text_recomputed = 0, text_kept = 0;
  double flops = 0;  // per step, forward and backward
  std::int64_t model_parameters = 0, trained_parameters = 0;
};

struct PlanRequest {
  std::shared_ptr<const ModelOutline> model;
  BackboneOptions options;
  QuantizeConfig quantize;
  TuneConfig tune;
  TrainConfig train;
  StepSize step;
  at::TensorOptions target;
};

StagePlan plan_stage(const PlanRequest& request);

struct Remedy {  // a setting, and the total with it and those before it
  std::string setting;
  bool exact = true;  // results stay the same up to rounding
  double total = 0;
};

// Settings that save memory, in the order in which one would try them.
std::vector<Remedy> remedies(const PlanRequest& request);

std::string plan_text(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies);
Json plan_json(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies);

}  // namespace llama32med
