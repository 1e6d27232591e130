#include "app/plan/memory_plan.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/models/backbone_kind.h"

namespace llama32med {
namespace {

PlanRequest released(at::ScalarType dtype = at::kBFloat16) {
  return {.model = read_outline(find_preset("test", "11b").preset.config(128256), "11b"),
          .step = {.tiles = 1, .images = 1, .questions = 10, .rows = 10, .tokens = 96, .labels = 60},
          .step_by_question = {.tiles = 1, .images = 1, .questions = 10, .rows = 1, .tokens = 96, .labels = 6},
          .target = at::device(at::kCPU).dtype(dtype)};
}

double bytes_of(const StagePlan& plan, const std::string& name) {
  for (const auto& line : plan.lines)
    if (line.name == name) return line.bytes;
  ADD_FAILURE() << "no line " << name;
  return 0;
}

TEST(MemoryPlan, CountsThePublishedModelAndThePapersAdapters) {
  auto request = released();
  auto plan = plan_stage(request);
  EXPECT_EQ(plan.model_parameters, 10670220835);
  EXPECT_EQ(plan.trained_parameters, 134725632);  // rank 32 on every linear except the head
  request.tune.projector.train = PartTraining::kFrozen;
  EXPECT_EQ(plan_stage(request).trained_parameters, 134348800);  // the paper's 134M, 1.24 %
  EXPECT_DOUBLE_EQ(bytes_of(plan, "weights"), 2.0 * 10670220835);
  EXPECT_DOUBLE_EQ(bytes_of(plan, "optimizer"), 8.0 * 134725632);
}

TEST(MemoryPlan, LinesAddUp) {
  const auto plan = plan_stage(released());
  double sum = 0;
  for (const auto& line : plan.lines) sum += line.bytes;
  EXPECT_DOUBLE_EQ(sum, plan.total);
}

TEST(MemoryPlan, FourBitsTakeHalfAByteAndASixtyFourth) {
  auto request = released();
  request.quantize.weights = Quantize::kNf4;
  const auto plan = plan_stage(request);
  // text and vision linears and the projector in NF4; head, embeddings, tables and norms unchanged
  const double linears = 8724152320.0 + 786432000.0 + 31457280.0;
  const double rest = 10670220835.0 - linears;
  EXPECT_NEAR(bytes_of(plan, "weights"), 0.515869140625 * linears + 2 * rest, 1e6);  // and two tables for each linear
}

TEST(MemoryPlan, RecomputeKeepsOnlyLayerInputs) {
  auto request = released();
  const auto kept = plan_stage(request);
  request.options.vision_activations = Activations::kRecompute;
  const auto again = plan_stage(request);
  EXPECT_LT(again.total, kept.total);
  EXPECT_DOUBLE_EQ(bytes_of(again, "vision activations"), kept.vision_recomputed);
  // the inputs of 40 layers and of the norm between them, and the features
  EXPECT_NEAR(kept.vision_recomputed, 2 * (3204 * 41 * 1280.0 + 1601 * 7680), 1e6);
}

// One tile on a GPU: 1601 real rows, as many of the padded tile, and a fill row of each.
TEST(MemoryPlan, VisionLayersByHand) {
  auto request = released();
  request.target = at::device(at::kCUDA).dtype(at::kBFloat16);
  const double all = 3204, real = 1601, padding = all - real, width = 1280, inner = 5120, heads = 16, rank = 32;
  const double residual = 2 * width + 2 * 4;  // inputs of two norms, with their statistics in fp32
  const double normed = 2 * width, projected = 3 * width, merged = width, mlp = 2 * inner;
  const double ranks = 6 * rank, sums = 2 * heads;
  const double with_spare_columns = width + 8 * heads;  // q and result of real rows, k and v of all
  const double layer = all * (residual + normed + projected + merged + mlp + ranks + sums) +
                       2 * (real + all) * with_spare_columns + padding * width;
  EXPECT_NEAR(plan_stage(request).vision_kept, 2 * (40 * layer + 1601 * 7680.0), 0.02 * 2 * 40 * layer);
}

// What libtorch allocated at most in a step of `bench` on an H100, in MiB: text of 43 tokens, 7 of them labeled.
TEST(MemoryPlan, CoversWhatAnH100Measured) {
  struct Measured {
    Quantize weights;
    Activations activations;
    std::int64_t questions;
    double mebibytes;
  };
  constexpr auto kKeep = Activations::kKeep, kAgain = Activations::kRecompute;
  for (const auto& [weights, activations, questions, measured] :
       {Measured{Quantize::kNone, kKeep, 1, 29002}, Measured{Quantize::kNone, kKeep, 10, 31206},
        Measured{Quantize::kNf4, kKeep, 1, 15580}, Measured{Quantize::kNf4, kKeep, 10, 17730},
        Measured{Quantize::kNf4, kAgain, 1, 9002}, Measured{Quantize::kNf4, kAgain, 10, 9029}}) {
    auto request = released();
    request.target = at::device(at::kCUDA).dtype(at::kBFloat16);
    request.step = {.questions = questions, .rows = questions, .tokens = 43, .labels = 7 * questions};
    request.quantize.weights = weights;
    request.options.vision_activations = request.options.text_activations = activations;
    if (activations == kAgain) request.train.optimizer.states = OptimizerStates::k8bit;
    const auto plan = plan_stage(request);
    const double planned = (plan.total - bytes_of(plan, kProgramLine)) / (1 << 20);
    EXPECT_GE(planned, measured) << questions << " questions, " << plan.peak;
    EXPECT_LE(planned, 1.05 * measured) << questions << " questions, " << plan.peak;
  }
}

TEST(MemoryPlan, AFrozenEncoderKeepsNoActivations) {
  auto request = released();
  const auto trained = plan_stage(request);
  request.tune.vision.train = PartTraining::kFrozen;
  const auto frozen = plan_stage(request);
  EXPECT_LT(frozen.vision_kept, 0.02 * trained.vision_kept);
  EXPECT_LT(frozen.flops, trained.flops);
}

TEST(MemoryPlan, RemediesEachSaveSomethingAndExactOnesComeFirst) {
  const auto request = released();
  const auto found = remedies(request);
  ASSERT_FALSE(found.empty());
  double before = plan_stage(request).total;
  bool exact = true;
  for (const auto& remedy : found) {
    EXPECT_LT(remedy.together, before) << remedy.setting;
    EXPECT_TRUE(exact || !remedy.exact) << remedy.setting;
    before = remedy.together, exact = remedy.exact;
  }
}

// By hand, in TFLOP: vision forward 6.6, backward 9.0; text 1.73 per question, forward and backward each; keys and
// values 0.6.
TEST(MemoryPlan, OperationsOfAStepMatchACountByHand) {
  EXPECT_NEAR(plan_stage(released()).flops / 1e12, 51.6, 0.08 * 51.6);
}

}  // namespace
}  // namespace llama32med
