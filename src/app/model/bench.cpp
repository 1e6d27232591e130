#include "app/model/bench.h"

#include <ATen/core/grad_mode.h>

#include <optional>

#include "app/model/bench_parts.h"
#include "app/train/tuned_model.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/kernels/ops.h"
#include "llama32med/peft/adapter_chooser.h"

namespace llama32med {
namespace {

enum class Adapters { kNone, kFresh };

// The model of a part: its weights, and whether it is trained.
struct Variant {
  QuantizeConfig quantize;
  Adapters adapters = Adapters::kNone;
};

AdapterChooser chooser_of(const BenchmarkRequest& request, const Variant& variant, const ModelNames& names) {
  return AdapterChooser({.tune = variant.adapters == Adapters::kFresh ? &request.tune : nullptr,
                         .names = &names,
                         .storage = storage_choice(variant.quantize, names)});
}

BackboneOptions options_of(const BenchmarkRequest& request, const Variant& variant) {
  return variant.adapters == Adapters::kFresh ? training_options(request.options, request.tune) : request.options;
}

BenchSubject random_subject(const BenchmarkRequest& request, const Variant& variant) {
  const auto& [kind, preset] = find_preset("--shape", request.shape);
  const auto config = preset.config(preset.ordinary_tokens + kSpecialTokens);
  BenchSubject subject{.outline = read_outline(config, "preset " + preset.name)};
  const auto weights = subject.outline->random_weights({.rule = WeightRule::kPlain, .fill = RandomFill::kOnDevice});
  const auto chooser = chooser_of(request, variant, *kind.names);
  subject.model = subject.outline->build(*weights, options_of(request, variant), request.target, &chooser);
  subject.images = subject.outline->processor({}, {}).images;
  return subject;
}

BenchSubject folder_subject(const BenchmarkRequest& request, const Variant& variant) {
  const auto chooser = chooser_of(request, variant, model_names(request.model));
  BenchSubject subject{.model = load_backbone(request.model, options_of(request, variant), request.target, &chooser),
                       .outline = read_outline(request.model)};
  subject.images = subject.outline->processor(request.model, {}).images;
  return subject;
}

BenchSubject subject_of(const BenchmarkRequest& request, const Variant& variant) {
  return request.shape.empty() ? folder_subject(request, variant) : random_subject(request, variant);
}

QuantizeConfig nf4(QuantizeConfig config) {
  config.weights = Quantize::kNf4;
  return config;
}

// Without a choice all parts, but not the same weights twice.
std::vector<BenchPart> parts_of(const BenchmarkRequest& request) {
  if (!request.parts.empty()) return request.parts;
  std::vector<BenchPart> parts{BenchPart::kVision, BenchPart::kAnswers, BenchPart::kDecode, BenchPart::kLora};
  if (request.quantize.weights != Quantize::kNf4) parts.insert(parts.end(), {BenchPart::kDecodeNf4, BenchPart::kQlora});
  return parts;
}

class Benchmark {
 public:
  explicit Benchmark(const BenchmarkRequest& request) : request_(request) {
    result_.what = request.shape.empty() ? request.model.string() : request.shape + ", random weights";
    result_.parts = parts_of(request);
  }

  BenchmarkResult run() {
    const auto device = request_.target.device();
    result_.own_kernels = !device.is_cpu() && kernels::has_own_kernels(device);
    reset_peak_device_memory(device);
    as_configured();
    if (result_.has(BenchPart::kLora)) train({request_.quantize, Adapters::kFresh});
    if (result_.has(BenchPart::kDecodeNf4)) decode(load({nf4(request_.quantize)}));
    if (result_.has(BenchPart::kQlora)) train({nf4(request_.quantize), Adapters::kFresh});
    result_.peak_host_bytes = peak_host_memory();
    note_peak();
    return std::move(result_);
  }

 private:
  // The first model that is loaded is the one whose size and loading time are reported.
  BenchSubject load(const Variant& variant) {
    BenchSubject subject;
    const auto time = milliseconds_of(request_.target.device(), [&] { subject = subject_of(request_, variant); });
    if (result_.parameters > 0) return subject;
    result_.load_seconds = time / 1000;
    result_.parameters = subject.model->parameters().count();
    result_.weight_bytes = subject.model->parameters().bytes();
    return subject;
  }

  void as_configured() {
    const bool any =
        result_.has(BenchPart::kVision) || result_.has(BenchPart::kAnswers) || result_.has(BenchPart::kDecode);
    if (!any) return;
    const auto subject = load({request_.quantize});
    const at::NoGradGuard no_gradients;
    if (result_.has(BenchPart::kVision)) result_.images = time_images(request_, subject);
    if (result_.has(BenchPart::kAnswers)) result_.answers = time_answers(request_, subject);
    if (result_.has(BenchPart::kDecode)) decode(subject);
  }

  void decode(const BenchSubject& subject) {
    const at::NoGradGuard no_gradients;
    for (auto& timing : time_decoding(request_, subject)) result_.decode.push_back(std::move(timing));
  }

  void train(const Variant& variant) {
    auto request = request_;
    request.quantize = variant.quantize;
    note_peak();
    const auto subject = load(variant);
    for (auto& timing : time_steps(request, subject)) result_.steps.push_back(std::move(timing));
  }

  // Training resets the peak for each of its timings.
  void note_peak() {
    result_.peak_device_bytes = std::max(result_.peak_device_bytes, peak_device_memory(request_.target.device()));
    for (const auto& step : result_.steps)
      result_.peak_device_bytes = std::max(result_.peak_device_bytes, step.peak_device_bytes);
  }

  const BenchmarkRequest& request_;
  BenchmarkResult result_;
};

}  // namespace

bool BenchmarkResult::has(BenchPart part) const { return std::find(parts.begin(), parts.end(), part) != parts.end(); }

BenchmarkResult benchmark(const BenchmarkRequest& request) {
  if (request.repeats < 1) throw usage_error("bench: --repeats {}: must be at least 1", request.repeats);
  return Benchmark(request).run();
}

}  // namespace llama32med
