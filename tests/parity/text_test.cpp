// Logits and hidden states for every layout of text and images, in all three semantics.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <map>

#include "parity_model.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

const std::vector<std::string> kCases = {"text_only",       "image_first",  "text_before_image", "two_images",
                                         "adjacent_images", "padded_batch", "mixed_batch"};

class TextParity : public testing::TestWithParam<Tower> {};

TEST_P(TextParity, LogitsEqualTheReference) {
  const at::NoGradGuard no_grad;
  const Golden logits("logits");
  int compared = 0;
  for (const auto& variant : variants(GetParam())) {
    const auto model = tiny_model(variant.options);
    for (const auto& name : kCases) {
      const auto key = name + "/logits." + variant.suffix;
      if (!logits.has(key)) continue;
      const auto inputs = case_inputs(logits, name);
      const auto batch = batch_of(inputs, *model, variant.options.semantics);
      const auto ours = model->logits(forward(*model, batch)) * inputs.attention_mask.unsqueeze(-1);
      expect_close(key, ours, logits[key], kStates32);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 15);
}

TEST_P(TextParity, SegmentsFromImageTokensEqualSegmentsFromTheDenseMask) {
  const Golden logits("logits");
  for (const auto& name : kCases) {
    auto inputs = case_inputs(logits, name);
    const auto model_token = 512;
    const auto from_mask = batch_from_hf(inputs, model_token, AbsentImages::kDrop);
    inputs.cross_attention_mask.reset();
    const auto from_tokens = batch_from_hf(inputs, model_token, AbsentImages::kDrop);
    EXPECT_EQ(mllama::segments_of(from_mask.text), mllama::segments_of(from_tokens.text)) << name;
  }
}

TEST_P(TextParity, HiddenStatesOfEveryLayerEqualTheReference) {
  const at::NoGradGuard no_grad;
  const Golden logits("logits");
  for (const auto& variant : variants(GetParam())) {
    if (variant.suffix == "hf456") continue;
    const auto model = tiny_model(variant.options);
    const auto batch = batch_of(case_inputs(logits, "text_before_image"), *model, variant.options.semantics);
    std::map<std::string, at::Tensor> seen;
    dynamic_cast<const mllama::Mllama&>(*model).text().decode(
        batch.text, model->encode_images(batch.images), nullptr,
        [&](std::string_view name, const at::Tensor& state) { seen[std::string(name)] = state; });
    ASSERT_EQ(seen.size(), 7u);
    for (const auto& [name, state] : seen)
      expect_close(name, state, logits["text_before_image/" + name + "." + variant.suffix], kStates32);
  }
}

INSTANTIATE_TEST_SUITE_P(Towers, TextParity, testing::Values(Tower::kDeduplicated, Tower::kDense),
                         [](const auto& info) { return enum_name(info.param); });

TEST(TextBf16, LogitsDifferNoMoreThanTheReferences) {
  const at::NoGradGuard no_grad;
  const Golden logits("logits");
  const auto model = tiny_model({}, at::kBFloat16);
  for (const auto& name : kCases) {
    const auto inputs = case_inputs(logits, name);
    const auto batch = batch_of(inputs, *model, Semantics::kMeta);
    const auto mask = inputs.attention_mask.unsqueeze(-1);
    const auto gap = model->logits(forward(*model, batch)).to(at::kFloat) * mask - logits[name + "/logits.meta"];
    EXPECT_LT(gap.square().mean().sqrt().item<double>(), kLogitsRms16) << name;
    EXPECT_LT(gap.abs().max().item<double>(), kLogitsMax16) << name;
  }
}

}  // namespace
}  // namespace llama32med::test
