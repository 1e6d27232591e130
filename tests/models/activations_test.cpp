// Recomputing activations saves memory and does not change results: outputs and all gradients are bitwise equal.
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "llama32med/models/backbone.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

enum class Trained { kAll, kOneVisionLayer, kTextOnly };

struct Outcome {
  at::Tensor hidden;
  std::vector<Parameter> parameters;
};

bool trains(Trained trained, const std::string& name) {
  switch (trained) {
    case Trained::kAll:
      return true;
    case Trained::kOneVisionLayer:  // no earlier layer needs a gradient
      return name.find("vision_model.transformer.layers.1.") != std::string::npos;
    case Trained::kTextOnly:
      break;
  }
  return name.find("language_model.model.layers.") != std::string::npos;
}

TextBatch questions() {  // about the first image, both images, no image
  const std::vector<std::vector<std::int64_t>> rows = {
      {256, 512, 5, 6, 7, 8}, {256, 9, 512, 512, 4, 3}, {256, 1, 2, 3, 4, 5}};
  TextBatch text;
  std::vector<std::int64_t> ids;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    text.lengths.push_back(6);
    const std::vector<std::int64_t> image_tokens(2, 1);
    for (const auto& span : image_spans(rows[b], 512, static_cast<std::int64_t>(b), {0, 2}, image_tokens))
      text.spans.push_back(span);
    ids.insert(ids.end(), rows[b].begin(), rows[b].end());
  }
  text.row_images = {{0, 1}, {0, 2}, {0, 0}};
  text.ids = at::tensor(ids).view({3, 6});
  return text;
}

Outcome run(BackboneOptions options, Activations activations, Trained trained, at::ScalarType type) {
  options.vision_activations = options.text_activations = activations;
  const auto model = load_backbone(test::golden("tiny/model"), options, at::device(at::kCPU).dtype(type));
  for (const auto& parameter : model->parameters().all())
    parameter.value.set_requires_grad(trains(trained, parameter.name));
  at::manual_seed(3);
  const auto memory = model->encode_images({{at::randn({1, 3, 56, 56}), 1}, {at::randn({3, 3, 56, 56}), 3}});
  const auto hidden = model->decode(questions(), memory);
  model->logits(hidden).pow(2).sum().backward();
  return {hidden.detach(), model->parameters().all()};
}

void expect_same(const BackboneOptions& options, Trained trained, at::ScalarType type) {
  const auto kept = run(options, Activations::kKeep, trained, type);
  const auto again = run(options, Activations::kRecompute, trained, type);
  EXPECT_TRUE(again.hidden.equal(kept.hidden));
  int with_gradient = 0;
  for (std::size_t i = 0; i < kept.parameters.size(); ++i) {
    const auto &reference = kept.parameters[i].value.grad(), &ours = again.parameters[i].value.grad();
    ASSERT_EQ(ours.defined(), reference.defined()) << kept.parameters[i].name;
    if (!reference.defined()) continue;
    EXPECT_TRUE(ours.equal(reference)) << kept.parameters[i].name;
    ++with_gradient;
  }
  EXPECT_GT(with_gradient, 3);
}

TEST(ActivationsOfABackbone, RecomputedGradientsAreTheSame) {
  for (const auto type : {at::kFloat, at::kDouble})
    for (const auto trained : {Trained::kAll, Trained::kOneVisionLayer, Trained::kTextOnly}) {
      SCOPED_TRACE(static_cast<int>(trained));
      expect_same({}, trained, type);
    }
}

TEST(ActivationsOfABackbone, RecomputedGradientsAreTheSameInTheDenseTowerAndWithHfSemantics) {
  expect_same({.semantics = Semantics::kHf, .tower = Tower::kDense}, Trained::kAll, at::kDouble);
}

}  // namespace
}  // namespace llama32med
