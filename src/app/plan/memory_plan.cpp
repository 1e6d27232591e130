#include "app/plan/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/plan/activations.h"
#include "app/plan/tower_flops.h"
#include "llama32med/core/config_json.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/tensor/device.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {
namespace {

constexpr double kNf4Bytes = 0.5 + 1.0 / 64 + 4.0 / (64 * 256), kNf4PlainBytes = 0.5 + 4.0 / 64;
constexpr double kProgram = 290e6;     // libraries and tokenizer: a process with a tiny model loaded
constexpr double kGpuProgram = 600e6;  // GPU context and workspaces
constexpr double kAdapterBytes = 4;    // factors, gradients and an optimizer's fp32 states
constexpr double kEightBitState = 1 + 4.0 / 256;
constexpr double kBackwardLayers = 2;  // gradients alive during the backward pass of a layer, in intermediate sizes

bool is_linear(const NamedShape& tensor) {
  return tensor.shape.size() == 2 && tensor.name.ends_with(".weight") &&
         tensor.name.find("embed") == tensor.name.npos;  // not embeddings, nor the tables of tile positions
}

std::string module_of(const std::string& tensor) { return tensor.substr(0, tensor.rfind('.')); }

double count(const NamedShape& tensor) {
  double numbers = 1;
  for (const auto size : tensor.shape) numbers *= static_cast<double>(size);
  return numbers;
}

struct Weights {
  double base_bytes = 0, base_numbers = 0;
  double adapter_numbers = 0, full_numbers = 0;
  double largest_packed = 0;  // parameters of the largest weight that is dequantized for use
  std::int64_t vision_rank = 0, text_rank = 0;
  bool vision_trains = false, image_side_trains = false;
};

class Counter {
 public:
  Counter(const PlanRequest& request)
      : request_(request), tuned_(request.tune), bytes_(static_cast<double>(request.target.dtype().itemsize())) {}

  Weights count_all() {
    for (const auto& tensor : checkpoint_tensors(request_.shape)) add(tensor);
    return weights_;
  }

 private:
  void add(const NamedShape& tensor) {
    const auto numbers = count(tensor);
    const auto part = part_of(tensor.name);
    const bool full = request_.tune.part(part).train == PartTraining::kFull;
    weights_.base_numbers += numbers;
    if (full) {
      weights_.full_numbers += numbers;
      note_training(part);
    }
    if (!is_linear(tensor)) {
      weights_.base_bytes += numbers * bytes_;
      return;
    }
    add_linear(module_of(tensor.name), tensor, full);
  }

  void add_linear(const std::string& module, const NamedShape& tensor, bool full) {
    const auto numbers = count(tensor);
    const bool packed = !full && storage_of(request_.quantize, module) != WeightStorage::kDense;
    weights_.base_bytes += numbers * (!packed                                 ? bytes_
                                      : request_.quantize.double_quantization ? kNf4Bytes
                                                                              : kNf4PlainBytes);
    if (packed) weights_.largest_packed = std::max(weights_.largest_packed, numbers);
    if (!tuned_.selects(module)) return;
    const auto rank = tuned_.of(module).rank;
    weights_.adapter_numbers += static_cast<double>(rank * (tensor.shape[0] + tensor.shape[1]));
    auto& largest = part_of(module) == Part::kVision ? weights_.vision_rank : weights_.text_rank;
    largest = std::max(largest, rank);
    note_training(part_of(module));
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

struct KeptBytes {
  double kept = 0, recomputed = 0;  // bytes
  double working = 0;               // temporaries in the backward pass of one layer
};

KeptBytes vision_activations(const PlanRequest& request, const Weights& weights) {
  const auto& shape = request.shape;
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  const auto images = static_cast<double>(std::min(request.train.images_per_pass, request.step.images));
  const auto rows = vision_rows(shape, request.step.tiles, request.options);
  const auto layer = vision_layer(shape, weights.vision_rank);
  const auto layers = static_cast<double>(shape.vision_layers + shape.vision_global_layers);
  const double features = rows.kept * static_cast<double>(shape.vision_hidden * (1 + shape.intermediate_features));
  const double inner = static_cast<double>(2 * shape.vision_intermediate + 4 * shape.vision_hidden);
  const double working = images * rows.all * inner * bytes;
  if (!weights.vision_trains) return {images * features * bytes, images * features * bytes, working};
  return {images * bytes * (layers * rows.all * layer.layer + features),
          images * bytes * (rows.all * (layers * layer.input + layer.layer) + features), working};
}

KeptBytes text_activations(const PlanRequest& request, const Weights& weights) {
  const auto& shape = request.shape;
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  const double tokens = static_cast<double>(request.step.rows * request.step.tokens);
  const auto self = self_layer(shape, weights.text_rank), cross = cross_layer(shape, weights.text_rank);
  const auto cross_layers = static_cast<double>(shape.cross_layers.size());
  const auto self_layers = static_cast<double>(shape.layers) - cross_layers;
  return {tokens * bytes * (self_layers * self.layer + cross_layers * cross.layer),
          tokens * bytes * ((self_layers + cross_layers) * self.input + std::max(self.layer, cross.layer)),
          tokens * bytes * kBackwardLayers * static_cast<double>(shape.intermediate_size)};
}

double image_memory(const PlanRequest& request) {  // keys before and after their norm, values, and their gradients
  const auto& shape = request.shape;
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  const auto images = static_cast<double>(std::min(request.train.images_per_pass, request.step.images));
  const double rows = images * vision_rows(shape, request.step.tiles, request.options).kept;
  const double width = static_cast<double>(shape.hidden_size / shape.heads * shape.kv_heads);
  return bytes * rows *
         (static_cast<double>(shape.cross_layers.size()) * 6 * width + 2 * static_cast<double>(shape.hidden_size));
}

double logits(const PlanRequest& request) {  // logits, softmax in fp32, and the gradients of both
  constexpr std::int64_t kRowsAtOnce = 64;   // train/loss.cpp
  const double numbers = static_cast<double>(std::min(request.step.labels, kRowsAtOnce) * request.shape.vocab_size);
  return numbers * (4 + 4 + 4 + 2 * static_cast<double>(request.target.dtype().itemsize()));
}

// Parameters of the linears that process text tokens, and of those that process image rows after the encoder.
struct PassedLinears {
  double text = 0, image = 0;
};

PassedLinears passed_linears(const ModelShape& shape) {
  PassedLinears passed;
  for (const auto& tensor : checkpoint_tensors(shape)) {
    if (!is_linear(tensor)) continue;
    const auto& name = tensor.name;
    const bool keys = name.find("cross_attn.k_proj") != name.npos || name.find("cross_attn.v_proj") != name.npos;
    if (keys || name.starts_with("multi_modal_projector")) passed.image += count(tensor);
    if (!keys && name.starts_with("language_model.model.layers")) passed.text += count(tensor);
  }
  return passed;
}

// A multiply-add counts as two. The backward pass of a frozen linear is one product, the gradient of its input; that of
// attention costs 2.5 times the forward pass (five products instead of two).
double step_flops(const PlanRequest& request, const Weights& weights) {
  const auto& shape = request.shape;
  const auto& step = request.step;
  const auto tower = tower_flops(shape, step.tiles, request.options);
  const auto passed = passed_linears(shape);
  const double rows = vision_rows(shape, step.tiles, request.options).kept;
  const double vision = weights.vision_trains ? 2 * tower.products + 3.5 * tower.attention : tower.all();
  const double keys = (weights.image_side_trains ? 4 : 2) * rows * passed.image;
  const double tokens = static_cast<double>(step.questions * step.tokens);
  const double labels = static_cast<double>(step.labels * step.questions) / static_cast<double>(step.rows);
  const double head = static_cast<double>(shape.vocab_size * shape.hidden_size);
  return static_cast<double>(step.images) * (vision + keys) + 4 * tokens * passed.text + 4 * labels * head;
}

}  // namespace

StagePlan plan_stage(const PlanRequest& request) {
  const auto weights = Counter(request).count_all();
  const auto vision = vision_activations(request, weights);
  const auto text = text_activations(request, weights);
  const bool on_gpu = request.target.device().is_cuda();
  const double bytes = static_cast<double>(request.target.dtype().itemsize());
  const double trained = weights.adapter_numbers + weights.full_numbers;
  const double state = request.train.optimizer.states == OptimizerStates::kFp32 ? 4 : kEightBitState;
  const double masters = bytes < 4 ? weights.full_numbers * 4 : 0;
  const auto chosen = [](const KeptBytes& a, Activations mode) {
    return mode == Activations::kRecompute ? a.recomputed : a.kept;
  };
  StagePlan plan{.vision_recomputed = vision.recomputed,
                 .vision_kept = vision.kept,
                 .text_recomputed = text.recomputed,
                 .text_kept = text.kept,
                 .flops = step_flops(request, weights),
                 .base_numbers = static_cast<std::int64_t>(weights.base_numbers),
                 .trained_numbers = static_cast<std::int64_t>(trained)};
  const auto line = [&](std::string name, double size, std::string detail) {
    plan.lines.push_back({std::move(name), std::move(detail), size});
    plan.total += size;
  };
  line("weights", weights.base_bytes, fmt::format("{:.1f} M parameters", weights.base_numbers / 1e6));
  line("adapters", weights.adapter_numbers * kAdapterBytes,
       fmt::format("{:.2f} M parameters in fp32", weights.adapter_numbers / 1e6));
  line("gradients", weights.adapter_numbers * kAdapterBytes + weights.full_numbers * bytes, "");
  line("optimizer", trained * 2 * state + masters, enum_name(request.train.optimizer.states) + " states");
  line("vision activations", chosen(vision, request.options.vision_activations),
       fmt::format("per pass: {} image(s) of {} tile(s)", std::min(request.train.images_per_pass, request.step.images),
                   request.step.tiles));
  line("text activations", chosen(text, request.options.text_activations),
       fmt::format("per pass: {} question(s) of up to {} tokens", request.step.rows, request.step.tokens));
  line("image memory", image_memory(request), "keys and values of the cross-attention layers");
  line("logits", logits(request), fmt::format("per pass: {} labeled tokens", request.step.labels));
  line("working space", std::max(vision.working, text.working) + weights.largest_packed * bytes, "of one layer");
  line("program", on_gpu ? kGpuProgram : kProgram, on_gpu ? "context and workspaces" : "libraries and tokenizer");
  return plan;
}

std::vector<Remedy> remedies(const PlanRequest& request) {
  std::vector<Remedy> found;
  auto changed = request;
  double before = plan_stage(changed).total;
  const auto attempt = [&](std::string setting, bool exact, auto change) {
    auto next = changed;
    change(next);
    const double total = plan_stage(next).total;
    if (total > 0.995 * before) return;
    found.push_back({std::move(setting), exact, total});
    changed = next;
    before = total;
  };
  attempt("model.vision_activations=recompute", true,
          [](PlanRequest& r) { r.options.vision_activations = Activations::kRecompute; });
  attempt("model.text_activations=recompute", true,
          [](PlanRequest& r) { r.options.text_activations = Activations::kRecompute; });
  attempt("train.images_per_pass=1", true, [](PlanRequest& r) { r.train.images_per_pass = 1; });
  attempt("train.questions_per_pass=1", true, [](PlanRequest& r) {
    r.step.labels = (r.step.labels + r.step.rows - 1) / r.step.rows;
    r.step.rows = 1;
  });
  attempt("train.optimizer.states=8bit", false,
          [](PlanRequest& r) { r.train.optimizer.states = OptimizerStates::k8bit; });
  attempt("model.quantize.weights=nf4", false, [](PlanRequest& r) { r.quantize.weights = Quantize::kNf4; });
  attempt("image.square_resize=512", false, [](PlanRequest& r) { r.step.tiles = 1; });
  return found;
}

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
  text += fmt::format("trained: {:.2f} M of {:.1f} M parameters ({:.2f} %)\n",
                      static_cast<double>(plan.trained_numbers) / 1e6, static_cast<double>(plan.base_numbers) / 1e6,
                      100.0 * static_cast<double>(plan.trained_numbers) / static_cast<double>(plan.base_numbers));
  text += fmt::format("compute: {:.3g} TFLOP per step, forward and backward\n", plan.flops / 1e12);
  if (!fits || !remedies.empty())
    text += fits ? "\nsettings that reduce it, applied one after the other:\n"
                 : "\nit would take, applied one after the other:\n";
  for (const auto& remedy : remedies)
    text += fmt::format("  {:>10.1f} MiB with --set {}{}{}\n", remedy.total / kMiB, remedy.setting,
                        remedy.exact ? "" : " (changes results)",
                        !fits && remedy.total <= static_cast<double>(available) ? "  <- fits" : "");
  return text;
}

Json plan_json(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies) {
  Json lines = Json::object(), switches = Json::array();
  for (const auto& line : plan.lines) lines[line.name] = static_cast<std::int64_t>(line.bytes);
  for (const auto& remedy : remedies)
    switches.push_back({{"setting", remedy.setting},
                        {"exact", remedy.exact},
                        {"total_bytes", static_cast<std::int64_t>(remedy.total)}});
  return {{"bytes", lines},
          {"total_bytes", static_cast<std::int64_t>(plan.total)},
          {"available_bytes", available},
          {"fits", plan.total <= static_cast<double>(available)},
          {"vision_activations", {{"keep", plan.vision_kept}, {"recompute", plan.vision_recomputed}}},
          {"text_activations", {{"keep", plan.text_kept}, {"recompute", plan.text_recomputed}}},
          {"trained_numbers", plan.trained_numbers},
          {"flop_per_step", plan.flops},
          {"switches", switches}};
}

}  // namespace llama32med
