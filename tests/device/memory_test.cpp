// The memory plan against what the tensors of a training step hold on a GPU and on a CPU: never short, and at most 5 %
// above. For what stays between steps, the peak of a whole step, and what a pass keeps between forward and backward.
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "app/plan/memory_plan.h"
#include "app/plan/step_memory.h"
#include "app/train/tuned_model.h"
#include "device/counting/counting_device.h"
#include "device/deep_model.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/tensor/device.h"
#include "llama32med/train/trainer.h"
#include "llama32med/train/two_phase.h"
#include "support/counting_allocator.h"

namespace llama32med::test {
namespace {

constexpr double kMostAbove = 0.05;

void expect_planned(const std::string& what, double planned, double held) {
  testing::Test::RecordProperty(what, fmt::format("{:.0f} / {:.0f}", planned, held));
  if (std::getenv("COUNTING_DEVICE_DETAILS"))
    fmt::print("{:<30} planned {:>12.0f}, held {:>12.0f}: {:.4f}\n", what, planned, held, planned / held);
  EXPECT_GE(planned, held) << what << ": too little is planned";
  EXPECT_LE(planned, held * (1 + kMostAbove)) << what << ": too much is planned";
}

constexpr auto kAgain = Activations::kRecompute;

struct StepSetup {
  std::int64_t questions = 1, images = 1, tiles = 1;
  QuantizeConfig quantize = {};
  BackboneOptions options = {};
  TuneConfig tune = {};
  TrainConfig train = {};
  at::TensorOptions target = at::device(counting::device()).dtype(at::kBFloat16);
};

using Change = std::function<void(StepSetup&)>;
struct Case {
  const char* name;
  std::vector<Change> changes;
};

void ten(StepSetup& s) { s.questions = 10; }
void one_per_pass(StepSetup& s) { s.train.questions_per_pass = 1; }
void four_tiles(StepSetup& s) { s.tiles = 4; }
void three_images(StepSetup& s) { s.images = 3, s.questions = 6; }
void at_once(StepSetup& s) { s.train.images_per_pass = 3; }
void nf4(StepSetup& s) { s.quantize.weights = Quantize::kNf4; }
void wide_scales(StepSetup& s) { s.quantize.double_quantization = false; }
void eight_bit(StepSetup& s) {
  s.train.optimizer.states = OptimizerStates::k8bit;
  s.tune.rank = 16;  // some factors are large enough, others are not
}
void text_again(StepSetup& s) { s.options.text_activations = kAgain; }
void all_again(StepSetup& s) { s.options.vision_activations = s.options.text_activations = kAgain; }
void vision_again(StepSetup& s) { s.options.vision_activations = kAgain; }
void hf(StepSetup& s) { s.options.semantics = Semantics::kHf; }
void frozen_vision(StepSetup& s) { s.tune.vision.train = PartTraining::kFrozen; }
void frozen_text(StepSetup& s) { s.tune.text.train = s.tune.cross_attention.train = PartTraining::kFrozen; }
void full_projector(StepSetup& s) { s.tune.projector.train = PartTraining::kFull; }
void all_full(StepSetup& s) {
  for (auto* part : {&s.tune.vision, &s.tune.projector, &s.tune.cross_attention, &s.tune.text})
    part->train = PartTraining::kFull;
}
void queries_and_values(StepSetup& s) { s.tune.target_modules = std::vector<std::string>{"q_proj", "v_proj"}; }
void dropout(StepSetup& s) { s.tune.dropout = 0.1; }
void dora(StepSetup& s) { s.tune.dora = true; }
void fp32(StepSetup& s) { s.target = s.target.dtype(at::kFloat); }
void cpu(StepSetup& s) { s.target = s.target.device(at::kCPU); }

const Case kCases[] = {
    {"Lora", {}},
    {"LoraTen", {ten}},
    {"LoraTenOnePerPass", {ten, one_per_pass}},
    {"LoraTextAgain", {ten, text_again}},
    {"LoraVisionAgain", {vision_again}},
    {"LoraAllAgain8bit", {ten, all_again, eight_bit}},
    {"LoraFourTiles", {ten, four_tiles}},
    {"LoraThreeImages", {three_images}},
    {"LoraThreeImagesAtOnce", {three_images, at_once}},
    {"LoraFrozenVision", {ten, frozen_vision}},
    {"LoraFrozenText", {ten, frozen_text}},
    {"LoraFullProjector", {ten, full_projector}},
    {"LoraQueriesAndValues", {ten, queries_and_values}},
    {"LoraHf", {ten, hf}},
    {"LoraDropout", {ten, dropout}},
    {"LoraFp32", {ten, fp32}},
    {"Dora", {ten, dora}},
    {"Full", {ten, all_full}},
    {"Qlora", {nf4}},
    {"QloraTen", {nf4, ten}},
    {"QloraAllAgain8bit", {nf4, all_again, eight_bit}},
    {"QloraTenAllAgain8bit", {nf4, ten, all_again, eight_bit}},
    {"QloraFrozenVision", {nf4, ten, all_again, eight_bit, frozen_vision}},
    {"QloraWideScales", {nf4, wide_scales, ten}},
    {"Cpu", {cpu, fp32, ten}},
    {"CpuAllAgain", {cpu, fp32, ten, all_again}},
    {"CpuDropout", {cpu, fp32, ten, dropout}},
    {"CpuDora", {cpu, fp32, ten, dora}},
    {"CpuFull", {cpu, fp32, ten, all_full}},
    {"CpuBf16", {cpu, ten}},
    {"CpuBf16AllAgain", {cpu, ten, all_again}},
    {"Cpu8bit", {cpu, fp32, eight_bit}},
};

StepSetup setup_of(const Case& chosen) {
  StepSetup setup;
  setup.tune.rank = 4;
  for (const auto& change : chosen.changes) change(setup);
  setup.options = training_options(setup.options, setup.tune);
  return setup;
}

// Each image with as many questions of one length.
TrainingStep step_of(const StepSetup& setup, const DeepModel& deep, const ModelFacts& facts, const Record& record) {
  constexpr std::int64_t kTokens = 17;  // more than a matrix-vector kernel takes
  const std::vector<std::int64_t> lengths(static_cast<std::size_t>(setup.questions / setup.images), kTokens);
  auto step = training_step(deep, lengths, facts, record);
  step.pictures.assign(static_cast<std::size_t>(setup.images), {"image", deep.picture(setup.tiles)});
  const auto rows = step.rows;
  for (std::size_t image = 1; image < step.pictures.size(); ++image)
    for (auto row : rows) {
      row.picture = image;
      step.rows.push_back(std::move(row));
    }
  return step;
}

std::vector<TrainedTensor> trained_of(Backbone& model, const TuneConfig& tune) {
  std::vector<TrainedTensor> trained;
  for (const auto& parameter : model.parameters().all()) {
    const auto wanted = parameter.kind == ParameterKind::kAdapter ? PartTraining::kAdapter : PartTraining::kFull;
    if (parameter.value.is_floating_point() &&
        tune.part(model.parameters().names().part_of(parameter.name)).train == wanted)
      trained.push_back({parameter.name, parameter.value, 1e-4, 0.01});
  }
  return trained;
}

class PlannedMemory : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    load_gpu_backend();
    at::set_num_threads(1);
    before = held();
    const auto& names = deep.outline->names();
    const auto storage = storage_choice(setup.quantize, names);
    const AdapterChooser linears({.tune = &setup.tune, .names = &names, .storage = storage});
    model = deep.build(setup.target, setup.options, &linears);
    step = step_of(setup, deep, model->facts(), record);
  }

  // Bytes of tensors on the device.
  double held() const {
    return static_cast<double>(host ? static_cast<std::int64_t>(host->live()) : counting::counts().held_bytes);
  }
  double peak_of_step(Trainer& trainer) const {
    if (host) host->reset_peak();
    const auto counts = counting::count([&] { trainer.step(step, 1); });
    return static_cast<double>(host ? static_cast<std::int64_t>(host->peak()) : counts.peak_bytes);
  }

  PlanRequest request() const {
    const auto& text = step.rows.front().text;
    const auto rows =
        std::min(setup.train.questions_per_pass, setup.questions / setup.images * setup.train.images_per_pass);
    const auto labels = std::ranges::count_if(text.labels, [](auto label) { return label != kNoLabel; });
    const StepSize size{.tiles = setup.tiles,
                        .images = setup.images,
                        .questions = setup.questions,
                        .rows = rows,
                        .tokens = std::ssize(text.ids),
                        .labels = rows * labels};
    return {.model = deep.outline,
            .options = setup.options,
            .quantize = setup.quantize,
            .tune = setup.tune,
            .train = setup.train,
            .step = size,
            .step_by_question = size,
            .target = setup.target};
  }

  // The questions of a pass.
  TextBatch questions() const {
    std::vector<TextRow> rows;
    for (std::int64_t i = 0; i < request().step.rows; ++i) {
      const auto& row = step.rows[static_cast<std::size_t>(i)];
      rows.push_back({row.text.ids, {}, {static_cast<std::int64_t>(row.picture), 1}});
    }
    const auto& facts = model->facts();
    const std::vector<std::int64_t> image_tokens(step.pictures.size(), step.pictures[0].image.extent.tokens);
    return collate_text(rows, {facts.image_token, facts.pad_token}, image_tokens).text;
  }

  const StepSetup setup = setup_of(GetParam());
  const std::unique_ptr<CountingAllocator> host{setup.target.device().is_cpu() ? new CountingAllocator : nullptr};
  const DeepModel deep{wide_config()};
  const Record record;
  double before = 0;
  std::unique_ptr<Backbone> model;
  TrainingStep step;
};

double planned_bytes(const StagePlan& plan, const std::set<std::string>& lines) {
  double bytes = 0;
  for (const auto& line : plan.lines)
    if (lines.contains(line.name)) bytes += line.bytes;
  return bytes;
}

// The first step makes what is made once.
TEST_P(PlannedMemory, HoldsAndIsNotMuchMore) {
  Trainer trainer(*model, setup.train,
                  {.trained = trained_of(*model, setup.tune), .scaling = deep.scaling, .total_steps = 100});
  trainer.step(step, 0);
  const auto plan = plan_stage(request());
  expect_planned("between steps", planned_bytes(plan, {"weights", "adapters", "optimizer", "tables"}), held() - before);
  expect_planned(plan.peak, plan.total - planned_bytes(plan, {kProgramLine}), peak_of_step(trainer) - before);

  const auto cost = cost_of_pass(request());
  const auto bytes = static_cast<double>(setup.target.dtype().itemsize());
  const auto images = deep.images(setup.train.images_per_pass, setup.tiles);
  model->decode(questions(), model->encode_images(images));  // after an update, adapters are cast once
  auto start = held();
  const auto memory = model->encode_images(images);
  expect_planned("image activations",
                 bytes * (between_passes(cost.vision, setup.options.vision_activations) + cost.image_memory),
                 held() - start);
  const auto leaves = detach_as_leaves(memory);
  start = held();
  const auto hidden = model->decode(questions(), leaves);
  expect_planned("text activations", bytes * between_passes(cost.text, setup.options.text_activations),
                 held() - start - static_cast<double>(hidden.nbytes()));
}

INSTANTIATE_TEST_SUITE_P(Cases, PlannedMemory, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

void PrintTo(const Case& chosen, std::ostream* out) { *out << chosen.name; }

}  // namespace
}  // namespace llama32med::test
