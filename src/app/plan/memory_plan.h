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

inline constexpr const char* kProgramLine = "program";  // the line of what is there without a model

struct MemoryLine {
  std::string name, detail;
  double bytes = 0;
};

struct StagePlan {
  std::vector<MemoryLine> lines;  // at the moment of a step that needs most; they add up to `total`
  std::string peak = {};          // that moment
  double total = 0;
  // Activations between forward and backward pass, with and without recompute.
  double vision_recomputed = 0, vision_kept = 0;
  double text_recomputed = 0, text_kept = 0;
  double flops = 0;  // per step, forward and backward
  std::int64_t model_parameters = 0, trained_parameters = 0;
};

struct PlanRequest {
  int stage = 1;
  std::shared_ptr<const ModelOutline> model;
  BackboneOptions options;
  QuantizeConfig quantize;
  TuneConfig tune;
  TrainConfig train;
  StepSize step;
  StepSize step_by_question;  // the same with train.questions_per_pass=1
  at::TensorOptions target;
};

StagePlan plan_stage(const PlanRequest& request);

struct Remedy {
  std::string setting;  // as after --set: "stage2.train.images_per_pass=1"
  bool exact = true;    // results stay the same up to rounding
  double alone = 0;     // total with this setting alone
  double together = 0;  // total with it and all before it
};

// Settings that save memory, exact ones first, by how much time they cost.
std::vector<Remedy> remedies(const PlanRequest& request);

// The first exact settings of remedies() that together fit into `available` bytes; all of them if they do not suffice.
std::vector<Remedy> exact_remedies_for(const PlanRequest& request, std::int64_t available);

std::string plan_text(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies);
Json plan_json(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies);

}  // namespace llama32med
