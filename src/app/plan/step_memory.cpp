#include "app/plan/step_memory.h"

#include <algorithm>

namespace llama32med {
namespace {

// Logits [R, V] of R labeled tokens, by the steps of the loss (train/loss.cpp). Forward: logits, the same in fp32, and
// their log-softmax. Backward: the log-softmax and the gradients of it and of its input.
struct LogitBytes {
  double forward = 0, backward = 0;
};

LogitBytes logit_bytes(const PlanRequest& request) {
  constexpr std::int64_t kRowsAtOnce = 64;  // train/loss.cpp
  const auto rows = std::min(request.step.labels, kRowsAtOnce);
  const auto values = static_cast<double>(rows * request.model->vocab_size());
  const auto bytes = static_cast<double>(request.target.dtype().itemsize());
  const double wide = std::max(4.0, bytes);
  return {values * ((bytes < wide ? bytes : 0) + 2 * wide), values * 3 * wide};
}

// libtorch's allocator for GPUs splits a free block only if more than 1 MiB remains, so that a tensor of more than that
// may get a block that is up to 1 MiB larger; half of it on average. A layer that recomputes keeps its input only.
double rounding(const ActivationValues& values, const PlanRequest& request, Activations mode) {
  constexpr double kOnAverage = 1 << 19;
  if (!request.target.device().is_cuda() || values.tensors_per_layer == 0) return 0;
  const double again = values.layers + values.tensors_per_layer;
  return kOnAverage * (mode == Activations::kRecompute ? again : values.layers * values.tensors_per_layer);
}

// Activations of one side in bytes.
struct Side {
  double held = 0;      // between its forward and its backward pass
  double forward = 0;   // in use besides at the end of the forward pass
  double backward = 0;  // in use besides at the start of the backward pass
  double last = 0;      // held and in use in the last layer of the backward pass
};

// With recompute, forward and backward pass hold one layer with all that it keeps. Without, so does the end of the
// backward pass.
Side side_of(const ActivationValues& values, Activations mode, const PlanRequest& request) {
  const auto bytes = static_cast<double>(request.target.dtype().itemsize());
  const bool again = mode == Activations::kRecompute;
  const double layer = again ? values.layer : 0;
  return {.held = bytes * between_passes(values, mode) + rounding(values, request, mode),
          .forward = bytes * (values.forward + layer),
          .backward = bytes * (values.working + layer),
          .last = bytes * (values.working + values.layer)};
}

// Gradients of weights and adapters grow while activations are released, layer by layer, so that a backward pass needs
// most at its start or at its end. The text's gives the image memory its gradients; that of the vision encoder comes
// after it. A second pass of a step finds the gradients of the first one.
class Step {
 public:
  Step(const PlanRequest& request, const PlannedWeights& weights, const ModelCost& cost)
      : request_(request),
        weights_(weights),
        bytes_(static_cast<double>(request.target.dtype().itemsize())),
        vision_(side_of(cost.vision, request.options.vision_activations, request)),
        text_(side_of(cost.text, request.options.text_activations, request)),
        memory_(bytes_ * cost.image_memory),
        memory_gradients_(bytes_ * cost.image_memory_gradients),
        logits_(logit_bytes(request)),
        several_images_(request.step.images > request.train.images_per_pass),
        several_texts_(several_images_ || request.step.questions > request.step.rows) {}

  // gradients, vision, text, image memory, logits, working space
  std::vector<Moment> moments() const {
    const double all = weights_.gradients();
    const double before = several_images_ ? all : 0;  // gradients of earlier passes
    const double of_text = several_images_ ? all : weights_.text_gradients;
    const double at_text = several_texts_ ? of_text : 0;
    const double seen = memory_ + (several_texts_ ? memory_gradients_ : 0), returned = memory_ + memory_gradients_;
    const double text_use = weights_.text_dequantized + weights_.norms_bytes + weights_.full_gradient;
    const double image_use = weights_.image_dequantized + weights_.norms_bytes + weights_.full_gradient;
    return {{"while images are encoded", before, vision_.held, 0, 0, 0, vision_.forward + image_use},
            {"when the loss is computed", at_text, vision_.held, text_.held, seen, logits_.forward, text_.forward},
            {"in the backward pass of the loss", at_text, vision_.held, text_.held, seen, logits_.backward, 0},
            {"at the start of the text's backward pass", at_text, vision_.held, text_.held, seen, 0,
             text_.backward + text_use},
            {"at the end of the text's backward pass", of_text, vision_.held, text_.last, returned, 0, text_use},
            {"at the start of the vision encoder's backward pass", of_text, vision_.held, 0, returned, 0,
             vision_.backward + image_use},
            {"at the end of the vision encoder's backward pass", all, vision_.last, 0, returned, 0, image_use},
            {"in the optimizer's update", all, 0, 0, 0, 0, weights_.update_bytes}};
  }

 private:
  const PlanRequest& request_;
  const PlannedWeights& weights_;
  double bytes_;
  Side vision_, text_;
  double memory_, memory_gradients_;
  LogitBytes logits_;
  bool several_images_, several_texts_;
};

}  // namespace

double between_passes(const ActivationValues& values, Activations mode) {
  return mode == Activations::kRecompute ? values.recomputed : values.kept;
}

ModelCost cost_of_pass(const PlanRequest& request) {
  return request.model->cost({.options = request.options,
                              .images = std::min(request.train.images_per_pass, request.step.images),
                              .tiles = request.step.tiles,
                              .rows = request.step.rows,
                              .tokens = request.step.tokens,
                              .target = request.target,
                              .linear = planned_linears(request)});
}

Moment peak_of_step(const PlanRequest& request, const PlannedWeights& weights, const ModelCost& cost) {
  return std::ranges::max(Step(request, weights, cost).moments(), {}, &Moment::total);
}

}  // namespace llama32med
