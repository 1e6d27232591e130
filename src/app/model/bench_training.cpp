// Training steps, with the memory that `plan` expects of them.
#include <ATen/core/Tensor.h>

#include "app/model/bench_parts.h"
#include "app/plan/memory_plan.h"
#include "app/train/tuned_model.h"
#include "llama32med/core/error.h"
#include "llama32med/train/trainer.h"

namespace llama32med {
namespace {

// As in VQA-RAD: the median question and answer in tokens.
constexpr std::int64_t kPromptTokens = 36, kAnswerTokens = 7, kTextTokens = kPromptTokens + kAnswerTokens;
constexpr std::int64_t kQuestionsOfAStep[] = {1, 10};
constexpr std::int64_t kManySteps = 1000;  // in which the learning rate hardly changes

TrainingStep step_of(const BenchSubject& subject, std::int64_t questions, const Record& record) {
  RandomStream stream(fnv1a64("bench training"));
  TrainingStep step;
  step.pictures.push_back({"image", bench_image(subject, 1)});
  for (std::int64_t i = 0; i < questions; ++i) {
    TrainingText text{.ids = random_question(stream, kTextTokens, subject.model->facts()), .labels = {}};
    text.labels.assign(text.ids.size(), kNoLabel);
    std::copy(text.ids.end() - kAnswerTokens, text.ids.end(), text.labels.end() - kAnswerTokens);
    step.rows.push_back({&record, std::move(text), 0});
  }
  return step;
}

std::vector<TrainedTensor> adapters_of(Backbone& model, const BenchmarkRequest& request) {
  const auto& train = request.train;
  for (const auto& part : names_of(Part{}))
    if (request.tune.part(part.value).train == PartTraining::kFull)
      throw usage_error("bench: tune.{}.train: full, but only adapters are timed; use adapter or frozen", part.name);
  std::vector<TrainedTensor> trained;
  for (const auto& parameter : model.parameters().all())
    if (parameter.kind == ParameterKind::kAdapter)
      trained.push_back({parameter.name, parameter.value, train.learning_rate, train.weight_decay});
  if (trained.empty()) throw usage_error("bench: no part of the model has adapters to train; see tune");
  return trained;
}

double planned_bytes(const BenchmarkRequest& request, const BenchSubject& subject, std::int64_t questions) {
  const auto rows = std::min(questions, request.train.questions_per_pass);
  const StepSize size{.questions = questions, .rows = rows, .tokens = kTextTokens, .labels = rows * kAnswerTokens};
  const auto plan = plan_stage({.model = subject.outline,
                                .options = training_options(request.options, request.tune),
                                .quantize = request.quantize,
                                .tune = request.tune,
                                .train = request.train,
                                .step = size,
                                .step_by_question = size,
                                .target = request.target});
  double bytes = plan.total;
  for (const auto& line : plan.lines)
    if (line.name == kProgramLine) bytes -= line.bytes;  // the device's peak counts tensors
  return bytes;
}

}  // namespace

std::vector<StepTiming> time_steps(const BenchmarkRequest& request, const BenchSubject& subject) {
  const auto device = request.target.device();
  const Record record;
  Trainer trainer(*subject.model, request.train,
                  {.trained = adapters_of(*subject.model, request),
                   .scaling = subject.images->scaling(),
                   .total_steps = kManySteps});
  std::vector<StepTiming> timings;
  std::int64_t number = 0;
  for (const auto questions : kQuestionsOfAStep) {
    const auto step = step_of(subject, questions, record);
    StepReport report;
    StepTiming timing{.method = request.quantize.weights == Quantize::kNf4 ? "QLoRA" : "LoRA", .questions = questions};
    reset_peak_device_memory(device);
    timing.step = timed(request, [&] { report = trainer.step(step, number++); });
    timing.peak_device_bytes = peak_device_memory(device);
    timing.planned_bytes = planned_bytes(request, subject, questions);
    timing.nonfinite = report.nonfinite;
    timings.push_back(std::move(timing));
  }
  return timings;
}

}  // namespace llama32med
