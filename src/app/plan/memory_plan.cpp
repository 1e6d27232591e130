#include "app/plan/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/plan/planned_weights.h"
#include "app/plan/step_memory.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {
namespace {

// All other lines are bytes of tensors; on a GPU, activations with what libtorch's allocator adds (step_memory.cpp).
// Left out: small tensors are rounded up to 512 bytes, less than a thousandth in all; and what is free in the segments
// that the allocator has taken from the driver, which with expandable segments (tensor/gpu_backend.cpp) serves later
// tensors of any size.
constexpr double kProgram = 290e6;              // libraries and tokenizer, measured with a tiny model
constexpr double kGpuProgram = 600e6;           // GPU context and loaded kernels
constexpr double kProductWorkspace = 32 << 20;  // libtorch allocates it for cuBLAS on Hopper; less elsewhere
constexpr double kProductThreads = 2;           // one runs the forward pass, one the backward pass

// The backward pass of a frozen linear is one product, the gradient with respect to its input; the backward pass of
// attention costs 2.5 times its forward pass (five products instead of two).
double step_flops(const StepSize& step, const ModelCost& cost, const PlannedWeights& weights) {
  const double encoder =
      weights.vision_trains ? 2 * cost.encoder.products + 3.5 * cost.encoder.attention : cost.encoder.all();
  const double projection = (weights.image_side_trains ? 2 : 1) * cost.projection;
  const double labels = static_cast<double>(step.labels * step.questions) / static_cast<double>(step.rows);
  return static_cast<double>(step.images) * (encoder + projection) +
         2 * static_cast<double>(step.questions) * cost.text_row + 2 * labels * cost.label_token;
}

MemoryLine program_line(const at::Device& device) {
  if (device.is_cpu()) return {kProgramLine, "libraries and tokenizer", kProgram};
  return {kProgramLine, "GPU context", kGpuProgram};
}

double product_workspaces(const at::Device& device) {
  return device.is_cuda() ? kProductThreads * kProductWorkspace : 0;
}

struct Parts {
  PlannedWeights weights;
  ModelCost cost;
  Moment peak;
};

std::vector<MemoryLine> memory_lines(const PlanRequest& request, const Parts& parts) {
  const auto& [weights, cost, peak] = parts;
  const auto& step = request.step;
  return {
      {"weights", fmt::format("{:.1f} M parameters", weights.base_parameters / 1e6), weights.base_bytes},
      {"adapters", fmt::format("{:.2f} M parameters in fp32", weights.adapter_parameters / 1e6), weights.adapter_bytes},
      {"tables", "indices of image rows, maps of 8-bit states",
       cost.tables * static_cast<double>(request.target.dtype().itemsize()) + weights.map_bytes},
      {"gradients", peak.when, peak.gradients},
      {"optimizer", enum_name(request.train.optimizer.states) + " states", weights.optimizer_bytes},
      {"vision activations",
       fmt::format("per pass: {} image(s) of {} tile(s)", std::min(request.train.images_per_pass, step.images),
                   step.tiles),
       peak.vision},
      {"text activations", fmt::format("per pass: {} question(s) of up to {} tokens", step.rows, step.tokens),
       peak.text},
      {"image memory", "what the text attends to", peak.image_memory},
      {"logits", fmt::format("per pass: {} labeled tokens", step.labels), peak.logits},
      {"working space", "one layer, and cuBLAS", peak.working + product_workspaces(request.target.device())},
      program_line(request.target.device())};
}

}  // namespace

StagePlan plan_stage(const PlanRequest& request) {
  const auto weights = planned_weights(request);
  const auto cost = cost_of_pass(request);
  const auto peak = peak_of_step(request, weights, cost);
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  const double trained = weights.adapter_parameters + weights.full_parameters;
  StagePlan plan{.peak = peak.when,
                 .vision_recomputed = cost.vision.recomputed * bytes,
                 .vision_kept = cost.vision.kept * bytes,
                 .text_recomputed = cost.text.recomputed * bytes,
                 .text_kept = cost.text.kept * bytes,
                 .flops = step_flops(request.step, cost, weights),
                 .model_parameters = static_cast<std::int64_t>(weights.base_parameters),
                 .trained_parameters = static_cast<std::int64_t>(trained)};
  plan.lines = memory_lines(request, {weights, cost, peak});
  for (const auto& line : plan.lines) plan.total += line.bytes;
  return plan;
}

}  // namespace llama32med
