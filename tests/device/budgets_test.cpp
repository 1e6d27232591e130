// What each phase asks of a GPU, counted at the depth of the released model: budgets that may only fall. A change that
// raises a count fails here; one that lowers it by more than a tenth as well, so that the table stays true.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "device/counting/counting_device.h"
#include "device/deep_model.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/tensor/device.h"
#include "llama32med/train/trainer.h"

namespace llama32med::test {
namespace {

using counting::Card;
using counting::count;
using counting::Counts;

struct Budget {
  const char* phase;
  std::int64_t launches, waits, uploads, allocations;
};

constexpr Budget kBudgets[] = {
    {"vision, 1 image", 747, 0, 1, 950},
    {"prefill, 1 row", 542, 1, 2, 641},
    {"decode, 1 row", 391, 0, 0, 503},
    {"prefill, 33 rows of 3 images", 1087, 1, 3, 1283},
    {"decode, 33 uneven rows", 440, 0, 0, 544},
    {"decode, 1 row, NF4", 495, 0, 0, 607},
    {"decode, 1 row, LoRA", 815, 0, 0, 663},
    {"LoRA step, 10 questions", 6521, 1, 2, 5953},
    {"QLoRA step, recomputed, 8-bit states", 10958, 1, 2, 9992},
};

void expect_within(const std::string& what, std::int64_t counted, std::int64_t budget) {
  testing::Test::RecordProperty(what, fmt::format("{} / {}", counted, budget));  // for gpu_check_report.py
  EXPECT_LE(counted, budget) << what << " rose";
  EXPECT_GE(counted, budget - budget / 10) << what << " fell: lower the budget";
}

// For work on a phase: COUNTING_DEVICE_DETAILS=1 prints its counts by operator, =waits also where it waits (slow).
std::string details() {
  const char* wanted = std::getenv("COUNTING_DEVICE_DETAILS");
  return wanted ? wanted : "";
}

void expect_budget(const std::string& phase, const Counts& counts) {
  if (!details().empty())
    fmt::print("{}: launches {}, waits {}, uploads {}, allocations {}\n{}\n", phase, counts.launches, counts.waits,
               counts.uploads, counts.allocations, counting::as_json(counts));
  const auto* budget = std::ranges::find_if(kBudgets, [&](const Budget& row) { return phase == row.phase; });
  ASSERT_NE(budget, std::end(kBudgets)) << phase;
  expect_within(phase + ": launches", counts.launches, budget->launches);
  expect_within(phase + ": waits", counts.waits, budget->waits);
  expect_within(phase + ": uploads", counts.uploads, budget->uploads);
  expect_within(phase + ": allocations", counts.allocations, budget->allocations);
  EXPECT_EQ(counts.cudnn_plans, 0) << phase;
  for (const auto& [call, times] : counts.attention)
    EXPECT_FALSE(call.starts_with("composite")) << phase << ": " << call;
}

class Budgets : public testing::TestWithParam<Card> {
 protected:
  void SetUp() override {
    load_gpu_backend();      // as in the program: chooses attention kernels
    at::set_num_threads(1);  // the kernels are too small to be shared
    counting::set_card(GetParam());
    counting::trace_waits(details() == "waits");
  }
  void TearDown() override { counting::set_card(Card::kHopper); }

  std::unique_ptr<Backbone> build(const LinearChooser* linears = nullptr, const BackboneOptions& options = {}) const {
    return deep.build(at::device(counting::device()).dtype(at::kBFloat16), options, linears);
  }
  const ModelNames& names() const { return deep.outline->names(); }

  DeepModel deep;
};

std::function<WeightStorage(const std::string&)> nf4(const ModelNames& names) {
  return storage_choice({.weights = Quantize::kNf4}, names);
}

// Tokens that the host reads together, and what they cost.
struct Reading {
  Counts counts;
  std::int64_t tokens = 0;
};

// The first reading includes the prefill.
std::vector<Reading> readings(const Generator& generator, const std::vector<Prompt>& prompts,
                              const ImageMemory& memory) {
  std::vector<Reading> all;
  counting::reset();
  generator.answer(prompts, memory, [&](std::size_t row, std::int64_t) {
    if (row != 0) return;
    if (auto counts = counting::counts(); counts.launches > 0) all.push_back({std::move(counts)});
    ++all.back().tokens;
    counting::reset();
  });
  return all;
}

// Per token; inside of a reading there is nothing but launches.
void expect_budget_of_tokens(const std::string& phase, const std::vector<Reading>& all) {
  const auto& reading = all.at(all.size() - 2);
  EXPECT_GE(reading.tokens, 4) << phase;
  EXPECT_EQ(reading.counts.waits, 1) << phase;
  EXPECT_EQ(reading.counts.downloads, 1) << phase;
  auto per_token = reading.counts;
  for (auto* count : {&per_token.launches, &per_token.waits, &per_token.uploads, &per_token.allocations})
    *count /= reading.tokens;
  expect_budget(phase, per_token);
}

constexpr GenerateConfig kFortyTokens{.max_new_tokens = 40, .exact_length = true};

std::vector<Reading> readings_of_a_row(const Backbone& model, const DeepModel& deep) {
  const at::NoGradGuard no_gradients;
  const Generator generator(model, kFortyTokens);
  return readings(generator, questions(1, 1, model.facts()), model.encode_images(deep.images(1, 1)));
}

TEST_P(Budgets, Inference) {
  const at::NoGradGuard no_gradients;
  const auto model = build();
  model->vision_features(deep.images(1, 1));  // what is made once is made
  expect_budget("vision, 1 image", count([&] { model->vision_features(deep.images(1, 1)); }));
  readings_of_a_row(*model, deep);
  const auto one = readings_of_a_row(*model, deep);
  expect_budget("prefill, 1 row", one.front().counts);
  expect_budget_of_tokens("decode, 1 row", one);
  const Generator watching(*model, kFortyTokens, {{89, 121}, {78, 110}});
  const auto many = readings(watching, questions(33, 3, model->facts()), model->encode_images(deep.images(3, 1)));
  expect_budget("prefill, 33 rows of 3 images", many.front().counts);
  expect_budget_of_tokens("decode, 33 uneven rows", many);
}

TEST_P(Budgets, DecodingWithAdaptersAndQuantizedWeights) {
  const AdapterChooser quantized({.storage = nf4(names())});
  expect_budget_of_tokens("decode, 1 row, NF4", readings_of_a_row(*build(&quantized), deep));
  const TuneConfig tune;
  const AdapterChooser adapted({.tune = &tune, .names = &names()});
  expect_budget_of_tokens("decode, 1 row, LoRA", readings_of_a_row(*build(&adapted), deep));
}

// The second step: the first one makes what is made once.
Counts counts_of_step(Backbone& model, const DeepModel& deep, OptimizerStates states) {
  TrainConfig config;
  config.optimizer.states = states;
  std::vector<TrainedTensor> trained;
  for (const auto& parameter : model.parameters().all())
    if (parameter.kind == ParameterKind::kAdapter) trained.push_back({parameter.name, parameter.value, 1e-4, 0.01});
  Trainer trainer(model, config, {.trained = trained, .scaling = deep.scaling, .total_steps = 100});
  const Record record;
  const auto step = training_step(deep, 10, model.facts(), record);
  trainer.step(step, 0);
  StepReport report;
  const auto counts = count([&] { report = trainer.step(step, 1); });
  EXPECT_EQ(report.nonfinite, "");
  EXPECT_GT(report.gradient_norm, 0);
  return counts;
}

TEST_P(Budgets, Training) {
  const TuneConfig tune;
  const AdapterChooser dense({.tune = &tune, .names = &names()});
  expect_budget("LoRA step, 10 questions", counts_of_step(*build(&dense), deep, OptimizerStates::kFp32));
  if (GetParam() != Card::kHopper) return;  // the slowest phase; cards differ in attention only, which is as above
  const AdapterChooser quantized({.tune = &tune, .names = &names(), .storage = nf4(names())});
  const BackboneOptions recomputed{.vision_activations = Activations::kRecompute,
                                   .text_activations = Activations::kRecompute};
  expect_budget("QLoRA step, recomputed, 8-bit states",
                counts_of_step(*build(&quantized, recomputed), deep, OptimizerStates::k8bit));
}

INSTANTIATE_TEST_SUITE_P(Cards, Budgets, testing::Values(Card::kAmpere, Card::kHopper),
                         [](const auto& info) { return info.param == Card::kAmpere ? "Ampere" : "Hopper"; });

}  // namespace
}  // namespace llama32med::test
