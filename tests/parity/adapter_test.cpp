// Adapters written by PEFT: logits with each adapter, gradients of every factor, and merging.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/peft/adapter_check.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/peft/merge.h"
#include "llama32med/train/loss.h"
#include "llama32med/weights/checkpoint.h"
#include "parity_model.h"
#include "support/mllama_names.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

std::unique_ptr<Backbone> adapted_model(const AdapterFolder& adapter, const BackboneOptions& options,
                                        at::ScalarType dtype = at::kFloat) {
  const AdapterChooser chooser({.folder = &adapter});
  auto model = load_backbone(golden("tiny/model"), options, at::device(at::kCPU).dtype(dtype), &chooser);
  refuse_unused(adapter, model->parameters());
  return model;
}

std::unique_ptr<Backbone> merged_model(const AdapterFolder& adapter, const BackboneOptions& options,
                                       at::ScalarType dtype = at::kFloat) {
  const auto folder = golden("tiny/model");
  const Checkpoint checkpoint(folder);
  const MergedWeights merged(checkpoint, adapter);
  const auto config = read_json(folder / "config.json");
  return load_backbone({config, "tiny", merged}, options, at::device(at::kCPU).dtype(dtype));
}

at::Tensor logits_of(const Backbone& model, Semantics semantics) {
  const at::NoGradGuard no_grad;
  const auto inputs = case_inputs(Golden("logits"), "text_before_image");
  return model.logits(forward(model, batch_of(inputs, model, semantics)));
}

class AdapterParity : public testing::TestWithParam<std::string> {
 protected:
  // The same adapter, with the module names of transformers before 4.52, gives the same results.
  std::string numbers() const { return GetParam().substr(0, GetParam().find("_names")); }
  AdapterFolder adapter_{golden("tiny/adapters") / GetParam(), test::mllama_names()};
};

TEST_P(AdapterParity, LogitsEqualTheReference) {
  const Golden peft("peft");
  for (const auto& variant : variants(Tower::kDeduplicated)) {
    const auto key = numbers() + "/logits." + variant.suffix;
    if (!peft.has(key)) continue;
    const auto model = adapted_model(adapter_, variant.options);
    expect_close(key, logits_of(*model, variant.options.semantics), peft[key], kStates32);
  }
}

TEST_P(AdapterParity, MergedEqualsUnmerged) {
  const auto wrapped = logits_of(*adapted_model(adapter_, {}), Semantics::kMeta);
  expect_close(GetParam(), logits_of(*merged_model(adapter_, {}), Semantics::kMeta), wrapped, kStates32);
  const auto wide = logits_of(*adapted_model(adapter_, {}, at::kDouble), Semantics::kMeta);
  expect_close(GetParam() + " fp64", logits_of(*merged_model(adapter_, {}, at::kDouble), Semantics::kMeta), wide,
               kLaws64);
}

INSTANTIATE_TEST_SUITE_P(Folders, AdapterParity,
                         testing::Values("plain", "rslora", "patterns", "regex", "dora", "rslora_names_before_4.52"),
                         [](const auto& info) { return info.param.substr(0, info.param.find('.')); });

TEST(AdapterGradients, EveryFactorEqualsTheReference) {
  const Golden lora("lora"), train("train");
  const auto numbers = read_json(golden("tiny/lora.json")).at("values");
  const AdapterFolder adapter(golden("tiny/adapters/plain"), test::mllama_names());
  for (const auto& variant : variants(Tower::kDeduplicated)) {
    if (variant.suffix == "hf456") continue;
    const auto model = adapted_model(adapter, variant.options);
    const auto adapters = [&](auto action) {
      for (const auto& parameter : model->parameters().all())
        if (parameter.kind == ParameterKind::kAdapter) action(parameter);
    };
    adapters([](const Parameter& parameter) { parameter.value.set_requires_grad(true); });
    const auto batch = batch_of(case_inputs(train, "train_a"), *model, variant.options.semantics);
    const auto loss = next_token_loss(*model, forward(*model, batch), train["train_a/labels"]);
    const auto mean = loss.sum / static_cast<double>(loss.count);
    EXPECT_NEAR(mean.item<double>(), numbers.at("random_adapter.loss." + variant.suffix).get<double>(),
                kLoss32.absolute);
    mean.backward();
    int compared = 0;
    adapters([&](const Parameter& parameter) {
      const auto key = "grad." + variant.suffix + "/" + parameter.name;
      if (!lora.has(key)) return;
      expect_close(key, parameter.value.grad(), lora[key], kAdapterGradients32);
      ++compared;
    });
    EXPECT_EQ(compared, variant.suffix == "meta" ? 144 : 40) << variant.suffix;
  }
}

}  // namespace
}  // namespace llama32med::test
