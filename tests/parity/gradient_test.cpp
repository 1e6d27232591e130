// The loss and the gradient of every parameter.
#include <gtest/gtest.h>

#include "llama32med/core/strings.h"
#include "llama32med/train/loss.h"
#include "parity_model.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

LossSum loss_of(const Backbone& model, const Golden& train, const std::string& name, Semantics semantics) {
  const auto batch = batch_of(case_inputs(train, name), model, semantics);
  return next_token_loss(model, forward(model, batch), train[name + "/labels"]);
}

bool is_tile_table(const std::string& name) { return name.find("tile_") != name.npos && name.ends_with(".weight"); }

// Zeroes the padded slots in the gradient of a tile table: we treat these slots as constants.
at::Tensor real_slots(const at::Tensor& table) {
  constexpr std::int64_t kTilesOfId[] = {0, 1, 2, 3, 4, 2, 4, 3, 4};
  auto slots = table.clone().view({9, 4, -1});
  for (std::int64_t id = 0; id < 9; ++id) slots.select(0, id).narrow(0, kTilesOfId[id], 4 - kTilesOfId[id]).zero_();
  return slots.view(table.sizes());
}

void expect_gradient(const std::string& name, const at::Tensor& ours, const at::Tensor& reference) {
  expect_close(name, ours, reference, kGradients32);
  expect_close(name, ours, reference, kGradientsAtMost32);
}

class GradientParity : public testing::TestWithParam<Tower> {};

TEST_P(GradientParity, LossEqualsTheReference) {
  const Golden train("train");
  for (const auto& variant : variants(GetParam())) {
    if (variant.suffix == "hf456") continue;
    const auto model = tiny_model(variant.options);
    for (const std::string name : {"train_a", "train_b"}) {
      const auto loss = loss_of(*model, train, name, variant.options.semantics);
      EXPECT_EQ(loss.count, static_cast<std::int64_t>(golden_number("train", name, "supervised_tokens")));
      EXPECT_NEAR(loss.sum.item<double>() / static_cast<double>(loss.count),
                  golden_number("train", name, "loss." + variant.suffix), kLoss32.absolute)
          << name << " " << variant.suffix;
    }
  }
}

TEST_P(GradientParity, EveryGradientEqualsTheReference) {
  const Golden train("train");
  for (const auto& variant : variants(GetParam())) {
    if (variant.suffix == "hf456") continue;
    const auto model = tiny_model(variant.options);
    model->parameters().require_gradients();
    const auto loss = loss_of(*model, train, "train_a", variant.options.semantics);
    (loss.sum / static_cast<double>(loss.count)).backward();
    int compared = 0;
    for (const auto& parameter : model->parameters().all()) {
      const auto key = "grad." + variant.suffix + "/" + parameter.name;
      if (!train.has(key)) continue;
      auto reference = train[key];
      if (variant.suffix == "meta" && is_tile_table(parameter.name)) reference = real_slots(reference);
      ASSERT_TRUE(parameter.value.grad().defined()) << parameter.name;
      expect_gradient(key, parameter.value.grad(), reference);
      ++compared;
    }
    EXPECT_EQ(compared, variant.suffix == "meta" ? static_cast<int>(model->parameters().all().size()) : 33);
  }
}

INSTANTIATE_TEST_SUITE_P(Towers, GradientParity, testing::Values(Tower::kDeduplicated, Tower::kDense),
                         [](const auto& info) { return enum_name(info.param); });

}  // namespace
}  // namespace llama32med::test
