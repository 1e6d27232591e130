#include "llama32med/train/loss.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "llama32med/data/sample_encoder.h"
#include "support/expect_error.h"
#include "support/golden_case.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

std::unique_ptr<Backbone> tiny() {
  return load_backbone(test::golden("tiny/model"), {}, at::device(at::kCPU).dtype(at::kDouble));
}

TEST(Loss, EqualsCrossEntropyOverAllRows) {
  const auto model = tiny();
  at::manual_seed(4);
  const auto hidden = at::randn({2, 5, 48}, at::kDouble);
  const auto labels = at::tensor({-100, -100, 7, 8, -100, 3, -100, -100, -100, 511}, at::kLong).view({2, 5});
  const auto loss = next_token_loss(*model, hidden, labels);
  EXPECT_EQ(loss.count, 3);  // nothing predicts the first label of a row
  const auto logits = model->logits(hidden).narrow(1, 0, 4).flatten(0, 1);
  const auto all = at::cross_entropy_loss(logits, labels.narrow(1, 1, 4).flatten(), {}, at::Reduction::Sum, kNoLabel);
  test::expect_close("sum", loss.sum, all, test::kLaws64);
}

TEST(Loss, ManyRowsComputedInPartsHaveTheSameSumAndGradient) {
  const auto model = tiny();
  at::manual_seed(5);
  const auto hidden = at::randn({3, 60, 48}, at::kDouble);
  const auto labels = at::randint(0, 500, {3, 60}, at::kLong);
  const auto ours = hidden.clone().set_requires_grad(true), whole = hidden.clone().set_requires_grad(true);
  const auto loss = next_token_loss(*model, ours, labels);
  EXPECT_EQ(loss.count, 3 * 59);
  const auto logits = model->logits(whole).narrow(1, 0, 59).flatten(0, 1);
  const auto all = at::cross_entropy_loss(logits, labels.narrow(1, 1, 59).flatten(), {}, at::Reduction::Sum);
  test::expect_close("sum", loss.sum, all, test::kLaws64);
  loss.sum.backward();
  all.backward();
  test::expect_close("gradient", ours.grad(), whole.grad(), test::kLaws64);
}

TEST(Loss, WithoutLabelsIsZeroAndKeepsItsGraph) {
  const auto model = tiny();
  const auto hidden = at::randn({1, 3, 48}, at::kDouble).set_requires_grad(true);
  const auto loss = next_token_loss(*model, hidden, at::tensor({-100, -100, -100}, at::kLong).view({1, 3}));
  EXPECT_EQ(loss.count, 0);
  loss.sum.backward();
  EXPECT_EQ(hidden.grad().abs().sum().item<double>(), 0);
}

TEST(Loss, OfTextEqualsThatOfItsHiddenStates) {
  const auto model = tiny();
  const ImageBatch images{{at::randn({1, 3, 56, 56}), 1}};
  const auto memory = model->encode_images(images);
  const std::vector<TextRow> rows{{{256, 512, 7, 8, 9}, {-100, -100, 7, -100, 9}, {0, 1}},
                                  {{512, 5, 6}, {-100, 5, -100}, {0, 1}}};
  const std::int64_t image_tokens[] = {1};
  const auto text = collate_text(rows, {512, 260}, image_tokens);
  const auto ours = next_token_loss(*model, text, memory);
  const auto apart = next_token_loss(*model, model->decode(text.text, memory), text.labels);
  EXPECT_EQ(ours.count, 3);
  EXPECT_EQ(ours.sum.item<double>(), apart.sum.item<double>());
  auto unlabeled = text;
  unlabeled.labels.fill_(kNoLabel);
  EXPECT_EQ(next_token_loss(*model, unlabeled, memory).count, 0);
  unlabeled.labels.fill_(512);
  EXPECT_ERROR(next_token_loss(*model, unlabeled, memory), ErrorKind::kData, "512", "-100");
}

TEST(Loss, TheImageTokenCannotBeALabel) {
  const auto model = tiny();
  const auto labels = at::tensor({-100, 512, -100}, at::kLong).view({1, 3});
  EXPECT_ERROR(next_token_loss(*model, at::randn({1, 3, 48}, at::kDouble), labels), ErrorKind::kData, "512", "-100");
}

}  // namespace
}  // namespace llama32med
