#include "llama32med/train/two_phase.h"

#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <map>

#include "llama32med/batch/collator.h"
#include "llama32med/train/loss.h"
#include "support/golden_case.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

using Gradients = std::map<std::string, at::Tensor>;

// Two images with one and three tiles; five rows about them, with different lengths.
struct Batch {
  ImageBatch images = {{at::randn({1, 3, 56, 56}), 1}, {at::randn({3, 3, 56, 56}), 3}};
  std::vector<TextRow> rows;

  Batch() {
    for (const std::int64_t image : {0, 0, 0, 1, 1}) {
      const auto length = static_cast<std::int64_t>(7 + rows.size());
      const auto drawn = at::randint(4, 250, {length}, at::kLong);
      TextRow row{{1, 512}, {kNoLabel, kNoLabel}, {image, 1}};
      for (std::int64_t i = 0; i < length; ++i) {
        row.ids.push_back(drawn[i].item<std::int64_t>());
        row.labels.push_back(i < 3 ? kNoLabel : row.ids.back());
      }
      rows.push_back(row);
    }
  }
};

std::unique_ptr<Backbone> tiny(at::ScalarType dtype) {
  auto model = load_backbone(test::golden("tiny/model"), {}, at::device(at::kCPU).dtype(dtype));
  model->parameters().require_gradients();
  return model;
}

LossSum loss_of(const Backbone& model, const std::vector<TextRow>& rows, const ImageMemory& memory) {
  const auto text = collate_text(rows, {model.facts().image_token, model.facts().pad_token}, memory.tokens);
  return next_token_loss(model, model.decode(text.text, memory), text.labels);
}

Gradients take_gradients(Backbone& model) {
  Gradients gradients;
  for (const auto& parameter : model.parameters().all()) {
    auto& grad = parameter.value.mutable_grad();
    gradients[parameter.name] = grad.defined() ? grad.clone() : at::zeros_like(parameter.value);
    grad = at::Tensor();
  }
  return gradients;
}

Gradients joint(Backbone& model, const Batch& batch) {
  loss_of(model, batch.rows, model.encode_images(batch.images)).sum.backward();
  return take_gradients(model);
}

Gradients two_phase(Backbone& model, const Batch& batch, std::size_t rows_at_once) {
  const auto memory = model.encode_images(batch.images);
  const auto leaves = detach_as_leaves(memory);
  for (std::size_t begin = 0; begin < batch.rows.size(); begin += rows_at_once) {
    const auto end = std::min(begin + rows_at_once, batch.rows.size());
    loss_of(model,
            {batch.rows.begin() + static_cast<std::ptrdiff_t>(begin),
             batch.rows.begin() + static_cast<std::ptrdiff_t>(end)},
            leaves)
        .sum.backward();
  }
  backward_through(memory, leaves);
  return take_gradients(model);
}

Gradients question_by_question(Backbone& model, const Batch& batch) {
  for (auto row : batch.rows) {
    const ImageBatch own = {batch.images[static_cast<std::size_t>(row.images.first)]};
    row.images.first = 0;
    loss_of(model, {row}, model.encode_images(own)).sum.backward();
  }
  return take_gradients(model);
}

void expect_equal(const Gradients& ours, const Gradients& reference, test::Tolerance tolerance) {
  for (const auto& [name, gradient] : reference) test::expect_close(name, ours.at(name), gradient, tolerance);
}

TEST(TwoPhase, EqualsTheJointGradientAndTheSumOfQuestions) {
  at::manual_seed(11);
  const Batch batch;
  const auto model = tiny(at::kDouble);
  const auto reference = joint(*model, batch);
  for (const std::size_t rows_at_once : {1, 2, 5})
    expect_equal(two_phase(*model, batch, rows_at_once), reference, test::kLaws64);
  expect_equal(question_by_question(*model, batch), reference, test::kLaws64);
}

TEST(TwoPhase, EqualsTheJointGradientWithinFp32Rounding) {
  at::manual_seed(12);
  const Batch batch;
  const auto model = tiny(at::kFloat);
  expect_equal(two_phase(*model, batch, 2), joint(*model, batch), test::kGradients32);
}

TEST(TwoPhase, FrozenVisionCollectsNoGradients) {
  const Batch batch;
  const auto model = tiny(at::kFloat);
  for (const auto& parameter : model->parameters().all()) parameter.value.set_requires_grad(false);
  const auto memory = model->encode_images(batch.images);
  EXPECT_FALSE(detach_as_leaves(memory).tensors.front().requires_grad());
}

}  // namespace
}  // namespace llama32med
