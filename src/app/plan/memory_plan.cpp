#include "app/plan/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/tensor/device.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {
namespace {

constexpr double kNf4Bytes = 0.5 + 1.0 / 64 + 4.0 / (64 * 256), kNf4PlainBytes = 0.5 + 4.0 / 64;
constexpr double kProgram = 290e6;     // libraries and tokenizer, measured with a tiny model
constexpr double kGpuProgram = 600e6;  // GPU context and workspaces
constexpr double kAdapterBytes = 4;    // factors, gradients and an optimizer's fp32 states
constexpr double kEightBitState = 1 + 4.0 / 256;

bool is_linear(const NamedShape& tensor) {
  return tensor.shape.size() == 2 && tensor.name.ends_with(".weight") &&
         tensor.name.find("embed") == tensor.name.npos;  // not embeddings, nor the tables of tile positions
}

std::string module_of(const std::string& tensor) { return tensor.substr(0, tensor.rfind('.')); }

double count(const NamedShape& tensor) {
  double parameters = 1;
  for (const auto size : tensor.shape) parameters *= static_cast<double>(size);
  return parameters;
}

struct Weights {
  double base_bytes = 0, base_parameters = 0;
  double adapter_parameters = 0, full_parameters = 0;
  double largest_packed = 0;  // parameters in the largest weight that is dequantized for use
  std::int64_t vision_rank = 0, text_rank = 0;
  bool vision_trains = false, image_side_trains = false;
};

class Counter {
 public:
  Counter(const PlanRequest& request)
      : request_(request),
        tuned_(request.tune, request.model->names()),
        bytes_(static_cast<double>(request.target.dtype().itemsize())) {}

  Weights count_all() {
    for (const auto& tensor : request_.model->tensors()) add(tensor);
    return weights_;
  }

 private:
  void add(const NamedShape& tensor) {
    const auto parameters = count(tensor);
    const auto part = request_.model->names().part_of(tensor.name);
    const bool full = request_.tune.part(part).train == PartTraining::kFull;
    weights_.base_parameters += parameters;
    if (full) {
      weights_.full_parameters += parameters;
      note_training(part);
    }
    if (!is_linear(tensor)) {
      weights_.base_bytes += parameters * bytes_;
      return;
    }
    add_linear(module_of(tensor.name), tensor, full);
  }

  void add_linear(const std::string& module, const NamedShape& tensor, bool full) {
    const auto parameters = count(tensor);
    const bool packed =
        !full && storage_of(request_.quantize, request_.model->names(), module) != WeightStorage::kDense;
    weights_.base_bytes += parameters * (!packed                                 ? bytes_
                                         : request_.quantize.double_quantization ? kNf4Bytes
                                                                                 : kNf4PlainBytes);
    if (packed) weights_.largest_packed = std::max(weights_.largest_packed, parameters);
    if (!tuned_.selects(module)) return;
    const auto rank = tuned_.of(module).rank;
    weights_.adapter_parameters += static_cast<double>(rank * (tensor.shape[0] + tensor.shape[1]));
    auto& largest =
        request_.model->names().part_of(module) == Part::kVision ? weights_.vision_rank : weights_.text_rank;
    largest = std::max(largest, rank);
    note_training(request_.model->names().part_of(module));
  }

  void note_training(Part part) {
    weights_.vision_trains |= part == Part::kVision;
    weights_.image_side_trains |= part == Part::kVision || part == Part::kProjector;
  }

  const PlanRequest& request_;
  TunedAdapters tuned_;
  double bytes_;
  Weights weights_;
};

ModelCost cost_of(const PlanRequest& request, const Weights& weights) {
  return request.model->cost({.options = request.options,
                              .images = std::min(request.train.images_per_pass, request.step.images),
                              .tiles = request.step.tiles,
                              .rows = request.step.rows,
                              .tokens = request.step.tokens,
                              .vision_rank = weights.vision_rank,
                              .text_rank = weights.text_rank,
                              .vision_trains = weights.vision_trains});
}

double logits(const PlanRequest& request) {  // logits and softmax in fp32, and their gradients
  constexpr std::int64_t kRowsAtOnce = 64;   // train/loss.cpp
  const auto rows = std::min(request.step.labels, kRowsAtOnce);
  const auto values = static_cast<double>(rows * request.model->vocab_size());
  return values * (4 + 4 + 4 + 2 * static_cast<double>(request.target.dtype().itemsize()));
}

// The backward pass of a frozen linear is one product, the gradient with respect to its input; the backward pass of
// attention costs 2.5 times its forward pass (five products instead of two).
double step_flops(const StepSize& step, const ModelCost& cost, const Weights& weights) {
  const double encoder =
      weights.vision_trains ? 2 * cost.encoder.products + 3.5 * cost.encoder.attention : cost.encoder.all();
  const double projection = (weights.image_side_trains ? 2 : 1) * cost.projection;
  const double labels = static_cast<double>(step.labels * step.questions) / static_cast<double>(step.rows);
  return static_cast<double>(step.images) * (encoder + projection) +
         2 * static_cast<double>(step.questions) * cost.text_row + 2 * labels * cost.label_token;
}

// Two states per trained parameter, and fp32 copies of narrow weights.
double optimizer_bytes(const PlanRequest& request, const Weights& weights) {
  const double state = request.train.optimizer.states == OptimizerStates::kFp32 ? 4 : kEightBitState;
  const double copies = request.target.dtype().itemsize() < 4 ? weights.full_parameters * 4 : 0;
  return (weights.adapter_parameters + weights.full_parameters) * 2 * state + copies;
}

double chosen(const ActivationValues& values, Activations mode) {
  return mode == Activations::kRecompute ? values.recomputed : values.kept;
}

MemoryLine program_line(const at::Device& device) {
  if (device.is_cpu()) return {kProgramLine, "libraries and tokenizer", kProgram};
  return {kProgramLine, "context and workspaces", kGpuProgram};
}

std::vector<MemoryLine> memory_lines(const PlanRequest& request, const Weights& weights, const ModelCost& cost) {
  const auto& step = request.step;
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  return {{"weights", fmt::format("{:.1f} M parameters", weights.base_parameters / 1e6), weights.base_bytes},
          {"adapters", fmt::format("{:.2f} M parameters in fp32", weights.adapter_parameters / 1e6),
           weights.adapter_parameters * kAdapterBytes},
          {"gradients", "", weights.adapter_parameters * kAdapterBytes + weights.full_parameters * bytes},
          {"optimizer", enum_name(request.train.optimizer.states) + " states", optimizer_bytes(request, weights)},
          {"vision activations",
           fmt::format("per pass: {} image(s) of {} tile(s)", std::min(request.train.images_per_pass, step.images),
                       step.tiles),
           bytes * chosen(cost.vision, request.options.vision_activations)},
          {"text activations", fmt::format("per pass: {} question(s) of up to {} tokens", step.rows, step.tokens),
           bytes * chosen(cost.text, request.options.text_activations)},
          {"image memory", "what the text attends to", bytes * cost.image_memory},
          {"logits", fmt::format("per pass: {} labeled tokens", step.labels), logits(request)},
          {"working space", "for one layer",
           bytes * std::max(cost.vision.working, cost.text.working) + weights.largest_packed * bytes},
          program_line(request.target.device())};
}

}  // namespace

StagePlan plan_stage(const PlanRequest& request) {
  const auto weights = Counter(request).count_all();
  const auto cost = cost_of(request, weights);
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  const double trained = weights.adapter_parameters + weights.full_parameters;
  StagePlan plan{.vision_recomputed = cost.vision.recomputed * bytes,
                 .vision_kept = cost.vision.kept * bytes,
                 .text_recomputed = cost.text.recomputed * bytes,
                 .text_kept = cost.text.kept * bytes,
                 .flops = step_flops(request.step, cost, weights),
                 .model_parameters = static_cast<std::int64_t>(weights.base_parameters),
                 .trained_parameters = static_cast<std::int64_t>(trained)};
  plan.lines = memory_lines(request, weights, cost);
  for (const auto& line : plan.lines) plan.total += line.bytes;
  return plan;
}

std::vector<Remedy> remedies(const PlanRequest& request) {
  const auto stage = fmt::format("stage{}.", request.stage);
  std::vector<Remedy> found;
  auto changed = request;
  double before = plan_stage(changed).total;
  const auto attempt = [&](std::string setting, bool exact, auto change) {
    auto alone = request, together = changed;
    change(alone), change(together);
    const double total = plan_stage(together).total;
    if (total > 0.995 * before) return;
    found.push_back({std::move(setting), exact, plan_stage(alone).total, total});
    changed = together;
    before = total;
  };
  attempt(stage + "train.images_per_pass=1", true, [](PlanRequest& r) { r.train.images_per_pass = 1; });
  attempt("model.vision_activations=recompute", true,
          [](PlanRequest& r) { r.options.vision_activations = Activations::kRecompute; });
  attempt("model.text_activations=recompute", true,
          [](PlanRequest& r) { r.options.text_activations = Activations::kRecompute; });
  attempt(stage + "train.questions_per_pass=1", true, [](PlanRequest& r) { r.step = r.step_by_question; });
  attempt(stage + "train.optimizer.states=8bit", false,
          [](PlanRequest& r) { r.train.optimizer.states = OptimizerStates::k8bit; });
  attempt("model.quantize.weights=nf4", false, [](PlanRequest& r) { r.quantize.weights = Quantize::kNf4; });
  attempt("image.square_resize=512", false, [](PlanRequest& r) {
    for (auto* step : {&r.step, &r.step_by_question}) step->tiles = std::min(step->tiles, step->square_tiles);
  });
  return found;
}

std::vector<Remedy> exact_remedies_for(const PlanRequest& request, std::int64_t available) {
  std::vector<Remedy> chosen;
  if (plan_stage(request).total <= static_cast<double>(available)) return chosen;
  for (const auto& remedy : remedies(request)) {
    if (!remedy.exact) break;
    chosen.push_back(remedy);
    if (remedy.together <= static_cast<double>(available)) break;
  }
  return chosen;
}

namespace {

std::string remedies_text(const std::vector<Remedy>& remedies, std::int64_t available, bool fits) {
  constexpr double kMiB = 1 << 20;
  if (remedies.empty())
    return fits ? "" : "\nno setting of this program reduces it further: a smaller model or batch is needed\n";
  auto text = fmt::format("\n{:>15}  {:>26}  settings that reduce the total\n", "alone", "with all settings above");
  const auto cell = [&](double total) {
    const bool helps = !fits && total <= static_cast<double>(available);
    return fmt::format("{:.1f} MiB{}", total / kMiB, helps ? " (fits)" : "");
  };
  for (const auto& remedy : remedies)
    text += fmt::format("{:>15}  {:>26}  --set {}{}\n", fmt::format("{:.1f} MiB", remedy.alone / kMiB),
                        cell(remedy.together), remedy.setting, remedy.exact ? "" : "  (changes results)");
  return text;
}

}  // namespace

std::string plan_text(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies) {
  constexpr double kMiB = 1 << 20;
  std::string text;
  for (const auto& line : plan.lines)
    text += fmt::format("{:<20}{:>10.1f} MiB  {}\n", line.name, line.bytes / kMiB, line.detail);
  const bool fits = plan.total <= static_cast<double>(available);
  text += fmt::format("{:<20}{:>10.1f} MiB  of {:.1f} MiB: {}\n", "total", plan.total / kMiB,
                      static_cast<double>(available) / kMiB, fits ? "fits" : "does not fit");
  text += fmt::format(
      "\nvision activations: {:.1f} MiB if kept, {:.1f} MiB if recomputed; text: {:.1f} and {:.1f} MiB\n",
      plan.vision_kept / kMiB, plan.vision_recomputed / kMiB, plan.text_kept / kMiB, plan.text_recomputed / kMiB);
  text +=
      fmt::format("trained: {:.2f} M of {:.1f} M parameters ({:.2f} %)\n",
                  static_cast<double>(plan.trained_parameters) / 1e6, static_cast<double>(plan.model_parameters) / 1e6,
                  100.0 * static_cast<double>(plan.trained_parameters) / static_cast<double>(plan.model_parameters));
  text += fmt::format("compute: {:.3g} TFLOP per step, forward and backward\n", plan.flops / 1e12);
  text += remedies_text(remedies, available, fits);
  return text;
}

Json plan_json(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies) {
  Json lines = Json::object(), switches = Json::array();
  for (const auto& line : plan.lines) lines[line.name] = static_cast<std::int64_t>(line.bytes);
  for (const auto& remedy : remedies)
    switches.push_back({{"setting", remedy.setting},
                        {"exact", remedy.exact},
                        {"alone_bytes", static_cast<std::int64_t>(remedy.alone)},
                        {"total_bytes", static_cast<std::int64_t>(remedy.together)}});
  return {{"bytes", lines},
          {"total_bytes", static_cast<std::int64_t>(plan.total)},
          {"available_bytes", available},
          {"fits", plan.total <= static_cast<double>(available)},
          {"vision_activations", {{"keep", plan.vision_kept}, {"recompute", plan.vision_recomputed}}},
          {"text_activations", {{"keep", plan.text_kept}, {"recompute", plan.text_recomputed}}},
          {"trained_parameters", plan.trained_parameters},
          {"flop_per_step", plan.flops},
          {"switches", switches}};
}

}  // namespace llama32med
