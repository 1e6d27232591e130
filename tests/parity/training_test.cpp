// Ten optimizer steps of LoRA training against PEFT: losses, gradient norms, and the final adapter.
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/train/adamw.h"
#include "llama32med/train/gradients.h"
#include "llama32med/train/loss.h"
#include "llama32med/train/schedule.h"
#include "llama32med/train/two_phase.h"
#include "llama32med/weights/checkpoint.h"
#include "parity_model.h"
#include "support/cpu_quantized.h"
#include "support/mllama_names.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

constexpr double kRate = 1e-3, kDecay = 0.01;
constexpr ScheduleConfig kSchedule{.kind = ScheduleKind::kCosine, .warmup_steps = 3};
constexpr std::int64_t kSteps = 10;

struct Curve {
  std::vector<double> losses, norms, rates;
};

std::vector<TrainedTensor> adapters_of(Backbone& model) {
  std::vector<TrainedTensor> tensors;
  for (const auto& parameter : model.parameters().all()) {
    if (parameter.kind != ParameterKind::kAdapter) continue;
    if (parameter.name.ends_with("lora_B.weight")) parameter.value.zero_();  // where the golden curve starts
    parameter.value.set_requires_grad(true);
    tensors.push_back({parameter.name, parameter.value, kRate, kDecay});
  }
  return tensors;
}

double mean_loss_backward(const Backbone& model, const Golden& train, const std::string& name, Semantics semantics) {
  const auto batch = batch_of(case_inputs(train, name), model, semantics);
  const auto memory = model.encode_images(batch.images);
  const auto leaves = detach_as_leaves(memory);
  const auto loss = next_token_loss(model, model.decode(batch.text, leaves), train[name + "/labels"]);
  const auto mean = loss.sum / static_cast<double>(loss.count);
  mean.backward();
  backward_through(memory, leaves);
  return mean.item<double>();
}

Curve run_curve(Backbone& model, Semantics semantics) {
  const Golden train("train");
  AdamW optimizer(adapters_of(model), {});
  Curve curve;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    curve.losses.push_back(mean_loss_backward(model, train, step % 2 == 0 ? "train_a" : "train_b", semantics));
    curve.norms.push_back(global_norm(optimizer.tensors()).item<double>());
    const auto factor = learning_rate_factor(step, kSchedule, kSteps);
    curve.rates.push_back(factor * kRate);
    optimizer.step(factor);
    optimizer.zero_grad();
  }
  return curve;
}

void expect_near(const std::string& what, const std::vector<double>& ours, const Json& reference, double tolerance) {
  ASSERT_EQ(ours.size(), reference.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], reference[i].get<double>(), tolerance) << what << ", step " << i;
}

class LoraCurve : public testing::TestWithParam<Semantics> {};

TEST_P(LoraCurve, TenStepsEqualPeft) {
  const auto suffix = enum_name(GetParam());
  const AdapterFolder adapter(golden("tiny/adapters/plain"), test::mllama_names());
  const AdapterChooser chooser({.folder = &adapter});
  const auto model =
      load_backbone(golden("tiny/model"), {.semantics = GetParam()}, at::device(at::kCPU).dtype(at::kFloat), &chooser);
  const auto curve = run_curve(*model, GetParam());
  const auto reference = read_json(golden("tiny/lora.json"))["values"]["curve." + suffix];
  expect_near("loss", curve.losses, reference["loss"], kLoss32.absolute);
  expect_near("gradient norm", curve.norms, reference["grad_norm"], kLaws32.absolute);
  expect_near("learning rate", curve.rates, reference["lr"], 0);

  const Golden lora("lora");
  int compared = 0;
  for (const auto& parameter : model->parameters().all()) {
    const auto key = "after_10_steps." + suffix + "/" + parameter.name;
    if (!lora.has(key)) continue;
    expect_close(key, parameter.value, lora[key], kTrained32);
    ++compared;
  }
  EXPECT_EQ(compared, GetParam() == Semantics::kMeta ? 144 : 0);
}

// The same over 4-bit weights: the checkpoint as quantized and serialized by bitsandbytes.
TEST_P(LoraCurve, TenStepsOverFourBitsEqualPeftOverBitsandbytes) {
  const auto suffix = enum_name(GetParam());
  const AdapterFolder adapter(golden("tiny/adapters/plain"), test::mllama_names());
  const AdapterChooser chooser({.folder = &adapter});
  const Checkpoint dense(golden("tiny/model"));
  const CpuQuantized weights(dense, [](const std::string& weight) {
    return weight.find("_proj.weight") != weight.npos || weight.find("mlp.fc") != weight.npos;
  });
  const auto config = read_json(golden("tiny/model/config.json"));
  const auto model = load_backbone({config, "config.json", weights}, {.semantics = GetParam()},
                                   at::device(at::kCPU).dtype(at::kFloat), &chooser);
  const auto curve = run_curve(*model, GetParam());
  const auto reference = read_json(golden("tiny/nf4.json"))["values"]["qlora_curve." + suffix];
  expect_near("loss", curve.losses, reference["loss"], kLoss32.absolute);
  expect_near("gradient norm", curve.norms, reference["grad_norm"], kLaws32.absolute);
}

INSTANTIATE_TEST_SUITE_P(Semantics, LoraCurve, testing::Values(Semantics::kMeta, Semantics::kHf),
                         [](const auto& info) { return enum_name(info.param); });

}  // namespace
}  // namespace llama32med::test
