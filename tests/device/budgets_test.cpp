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
    {"vision, 1 image", 1468, 6, 6, 1596},
    {"prefill, 1 row", 836, 8, 6, 811},
    {"decode, 1 row", 730, 7, 5, 704},
    {"prefill, 33 rows of 3 images", 5103, 125, 121, 5061},
    {"decode, 33 uneven rows", 2858, 11, 7, 790},
    {"decode, 1 row, NF4", 730, 7, 5, 704},
    {"decode, 1 row, LoRA", 2050, 7, 5, 2024},
    {"LoRA step, 10 questions", 11920, 13, 11, 11365},
    {"QLoRA step, recomputed, 8-bit states", 18095, 13, 11, 17432},
};

void expect_within(const std::string& what, std::int64_t counted, std::int64_t budget) {
  EXPECT_LE(counted, budget) << what << " rose";
  EXPECT_GE(counted, budget - budget / 10) << what << " fell: lower the budget";
}

// For work on a phase: prints its counts by operator, and where it waits.
bool shows_details() { return std::getenv("COUNTING_DEVICE_DETAILS") != nullptr; }

void expect_budget(const std::string& phase, const Counts& counts) {
  if (shows_details())
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
    counting::trace_waits(shows_details());
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

// The counts of the prefill with its first token, and of each later token.
std::vector<Counts> counts_by_token(const Generator& generator, const std::vector<Prompt>& prompts,
                                    const ImageMemory& memory) {
  std::vector<Counts> counts;
  counting::reset();
  generator.answer(prompts, memory, [&](std::size_t row, std::int64_t) {
    if (row != 0) return;
    counts.push_back(counting::counts());
    counting::reset();
  });
  return counts;
}

constexpr GenerateConfig kNineTokens{.max_new_tokens = 9, .exact_length = true};

Counts decoding_of_a_row(const Backbone& model, const DeepModel& deep) {
  const at::NoGradGuard no_gradients;
  const auto memory = model.encode_images(deep.images(1, 1));
  return counts_by_token(Generator(model, kNineTokens), questions(1, 1, model.facts()), memory).at(4);
}

TEST_P(Budgets, Inference) {
  const at::NoGradGuard no_gradients;
  const auto model = build();
  model->vision_features(deep.images(1, 1));  // what is made once is made
  expect_budget("vision, 1 image", count([&] { model->vision_features(deep.images(1, 1)); }));
  const auto one = counts_by_token(Generator(*model, kNineTokens), questions(1, 1, model->facts()),
                                   model->encode_images(deep.images(1, 1)));
  expect_budget("prefill, 1 row", one.front());
  expect_budget("decode, 1 row", one.at(4));
  const Generator watching(*model, kNineTokens, {{89, 121}, {78, 110}});
  const auto many =
      counts_by_token(watching, questions(33, 3, model->facts()), model->encode_images(deep.images(3, 1)));
  expect_budget("prefill, 33 rows of 3 images", many.front());
  expect_budget("decode, 33 uneven rows", many.at(4));
}

TEST_P(Budgets, DecodingWithAdaptersAndQuantizedWeights) {
  const AdapterChooser quantized({.storage = nf4(names())});
  expect_budget("decode, 1 row, NF4", decoding_of_a_row(*build(&quantized), deep));
  const TuneConfig tune;
  const AdapterChooser adapted({.tune = &tune, .names = &names()});
  expect_budget("decode, 1 row, LoRA", decoding_of_a_row(*build(&adapted), deep));
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
